"""Run by `scenes.py` in an environment of its own: PySceneDetect, and OpenCV alone.

Reads lines of `method path`; the answer is a line of JSON: starts of scenes and seconds taken.
"""

from __future__ import annotations

import json
import sys
import time

import cv2
from scenedetect import AdaptiveDetector, ContentDetector, SceneManager, open_video

OPENCV_CHANGE = 6.0  # grey levels between two frames at 64 x 36: the best of those tried
MIN_SCENE_S = 1.0


def by_scenedetect(path: str, detector: object) -> tuple[list[float], float]:
    """Return starts of all scenes but the first, and the end, as PySceneDetect finds them."""
    video = open_video(path)
    manager = SceneManager()
    manager.add_detector(detector)
    manager.detect_scenes(video)
    scenes = manager.get_scene_list(start_in_scene=True)
    return [start.seconds for start, _ in scenes[1:]], scenes[-1][1].seconds


def by_opencv(path: str) -> tuple[list[float], float]:
    """Decode all frames and compare each with the one before."""
    video = cv2.VideoCapture(path)
    starts, before, last, at = [], None, 0.0, 0.0
    while True:
        is_read, frame = video.read()
        if not is_read:
            return starts, at
        at = video.get(cv2.CAP_PROP_POS_MSEC) / 1000
        grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        small = cv2.resize(grey, (64, 36), interpolation=cv2.INTER_AREA)
        is_far = before is not None and at - last >= MIN_SCENE_S
        if is_far and cv2.absdiff(small, before).mean() > OPENCV_CHANGE:
            starts.append(at)
            last = at
        before = small


METHODS = {
    "content": lambda path: by_scenedetect(path, ContentDetector()),
    "adaptive": lambda path: by_scenedetect(path, AdaptiveDetector()),
    "opencv": by_opencv,
}

for line in sys.stdin:
    method, path = line.rstrip("\n").split(" ", 1)
    began = time.process_time()
    found, end = METHODS[method](path)
    told = {"starts": found, "end_s": end, "cpu_s": time.process_time() - began}
    print(json.dumps(told), flush=True)
