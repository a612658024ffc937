"""Pictures in every odd form: each comes as it should look, or as a class with a sentence."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import threading
import zlib
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageCms

from pipeline.images.decode import PictureError, decode_picture
from pipeline.images.room import Room
from schemas import ITEMS, MEDIA

AT = datetime(2026, 1, 15, tzinfo=UTC)
RED, WHITE, BLUE = (200, 30, 40), (255, 255, 255), (20, 40, 200)


def saved(picture, form="PNG", **options):
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def plain(colour=RED, mode="RGB", size=(24, 16)):
    return Image.new(mode, size, colour)


def quarters():
    """Return a picture of four colours, 32 x 16: it looks different however it is turned."""
    pixels = np.zeros((16, 32, 3), np.uint8)
    pixels[:8, :16], pixels[:8, 16:] = (220, 20, 20), (20, 220, 20)
    pixels[8:, :16], pixels[8:, 16:] = (20, 20, 220), (230, 230, 230)
    return pixels


def near(pixels, colour, levels=6):
    return bool((np.abs(pixels.astype(int) - np.array(colour)) <= levels).all())


def status_of(content):
    with pytest.raises(PictureError) as fault:
        decode_picture(content)
    return fault.value.status, str(fault.value)


TURNED = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.transpose(1, 0, 2),
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: upright[::-1, ::-1].transpose(1, 0, 2),
    8: lambda upright: np.rot90(upright, -1),
}


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_eight_orientations_come_upright(form, orientation):
    """The camera stores the upright picture turned; what it says of it turns it back."""
    lying = TURNED[orientation](quarters())
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 95} if form == "JPEG" else {"lossless": True} if form == "WEBP" else {}
    content = saved(Image.fromarray(np.ascontiguousarray(lying)), form, exif=exif, **options)

    pixels = decode_picture(content)

    assert pixels.shape == (16, 32, 3)
    for row, column in ((3, 5), (3, 26), (12, 5), (12, 26)):
        assert near(pixels[row, column], quarters()[row, column], 12), (row, column)


def test_cmyk_of_adobe_is_not_inverted():
    inked = Image.new("CMYK", (24, 16), (0, 255, 255, 0))  # magenta and yellow: red

    content = saved(inked, "JPEG", quality=95)

    assert b"Adobe" in content
    assert near(decode_picture(content), (255, 0, 0), 8)


@pytest.mark.parametrize(("level", "grey"), [(40_000, 156), (2_048, 128), (65_535, 255)])
def test_sixteen_bits_keep_their_brightness_even_if_only_twelve_are_used(level, grey):
    deep = np.full((16, 24), level, np.uint16)
    deep[0, 0] = 4095 if level < 4095 else 65_535
    for form in ("PNG", "TIFF"):
        assert near(decode_picture(saved(Image.fromarray(deep), form))[4:], (grey,) * 3, 1)


def test_floats_between_0_and_1_are_no_black_picture():
    floats = np.full((16, 24), 0.5, np.float32)
    floats[0, :3] = (np.nan, 1.0, -3.0)

    pixels = decode_picture(saved(Image.fromarray(floats), "TIFF"))

    assert near(pixels[4:], (128,) * 3, 1)
    assert (pixels[0, :3, 0] == (0, 255, 0)).all()


def test_palettes_and_their_clear_colour():
    palette = Image.new("P", (24, 16), 1)
    palette.putpalette([*BLUE, *RED])
    palette.paste(0, (0, 0, 12, 16))

    assert near(decode_picture(saved(palette, "PNG"))[:, 12:], RED, 0)
    clear = decode_picture(saved(palette, "PNG", transparency=0))
    assert near(clear[:, :12], WHITE, 0)
    assert near(clear[:, 12:], RED, 0)
    assert near(decode_picture(saved(palette, "GIF", transparency=0))[:, :12], WHITE, 0)


def test_half_clear_parts_lie_on_white():
    veil = Image.new("RGBA", (24, 16), (*RED, 128))

    for form, options in (("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {})):
        assert near(decode_picture(saved(veil, form, **options)), (227, 142, 147), 2)


@pytest.mark.parametrize(("form", "options"), [("GIF", {}), ("WEBP", {"lossless": True})])
def test_of_an_animation_the_first_frame_that_shows_something(form, options):
    frames = [plain(WHITE), plain(WHITE), Image.fromarray(quarters()).resize((24, 16), 0)]
    frames.append(plain(BLUE))
    content = saved(
        frames[0], form, save_all=True, append_images=frames[1:], duration=100, **options
    )

    pixels = decode_picture(content)

    assert near(pixels[3, 5], (220, 20, 20), 10)
    assert near(pixels[12, 5], (20, 20, 220), 10)


def test_of_an_animated_png_and_of_pages_too():
    frames = [plain(WHITE), Image.fromarray(quarters())]
    png = saved(plain(WHITE, size=(32, 16)), "PNG", save_all=True, append_images=frames[1:])
    pages = saved(frames[0], "TIFF", save_all=True, append_images=frames[1:])

    assert np.array_equal(decode_picture(png), quarters())
    assert np.array_equal(decode_picture(pages), quarters())


def test_an_animation_that_is_blank_throughout_gives_its_first_frame():
    frames = [plain((shade,) * 3) for shade in (250, 240, 230)]
    content = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)

    assert near(decode_picture(content), (250,) * 3, 1)


def test_an_animation_cut_short_after_a_blank_frame_gives_that_frame():
    noise = np.random.default_rng(3).integers(0, 255, (160, 240, 3), np.uint8)
    frames = [plain(WHITE, size=(240, 160)), Image.fromarray(noise)]
    content = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)

    assert near(decode_picture(content[: len(content) // 2]), WHITE, 0)


def swapped_profile():
    """Return an RGB profile whose red is blue and whose blue is red, made from the sRGB one."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", profile[128:132])[0]
    places = {profile[at : at + 4].decode(): at for at in range(132, 132 + 12 * count, 12)}
    red, blue = places["rXYZ"], places["bXYZ"]
    profile[red + 4 : red + 12], profile[blue + 4 : blue + 12] = (
        profile[blue + 4 : blue + 12],
        profile[red + 4 : red + 12],
    )
    return bytes(profile)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_a_profile_is_converted_to_srgb_whatever_the_mode(mode):
    content = saved(plain((200, 0, 0)).convert(mode), "PNG", icc_profile=swapped_profile())

    red, _, blue = decode_picture(content)[4, 4].tolist()

    assert (red, blue) == (pytest.approx(0, abs=5), pytest.approx(200, abs=5))


def test_a_broken_profile_and_one_for_ink_are_passed_over():
    odd = swapped_profile()
    ink = odd[:16] + b"CMYK" + odd[20:]
    for profile in (b"no profile at all", odd[:200], ink):
        assert near(decode_picture(saved(plain(), "PNG", icc_profile=profile)), RED, 1)


def test_colours_of_lab_are_those_that_are_meant():
    lab = Image.new("LAB", (24, 16), (255, 128, 128))  # white

    assert near(decode_picture(saved(lab, "TIFF")), WHITE, 3)


@pytest.mark.parametrize(("width", "height"), [(1, 5000), (5000, 1), (1, 1), (60_000, 2)])
def test_strips_of_one_pixel_come_whole(width, height):
    assert decode_picture(saved(plain(size=(width, height)))).shape == (height, width, 3)


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "AVIF"])
def test_progressive_and_modern_pictures(form):
    options = {"progressive": True} if form == "JPEG" else {}
    content = saved(Image.fromarray(quarters()).resize((320, 160)), form, **options)

    assert decode_picture(content).shape == (160, 320, 3)


def test_a_format_that_goes_by_another_name_is_read_as_what_it_is():
    assert near(decode_picture(saved(plain(), "BMP")), RED, 0)  # no name is ever asked


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\0" * 4096, "not a picture"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "HTML"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"<?xml version='1.0'?><svg/>", "SVG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0" * 128 + b"DICM" + b"\0" * 200, "DICOM"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0" * 40, "JPEG 2000"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "not a picture"),
    ],
)
def test_what_is_no_picture_is_named(content, words):
    status, told = status_of(content)

    assert status == "undecodable"
    assert words in told


def bomb(width, height, payload=b""):
    """Return a PNG that claims a size and holds a few bytes."""

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head) + payload + chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + parts + chunk(b"IEND", b"")


def test_pictures_that_claim_gigapixels_are_refused_unread():
    for content in (bomb(60_000, 60_000), bomb(2**31 - 1, 2**31 - 1), bomb(60_000, 900)):
        assert status_of(content)[0] == "too_large"
    assert status_of(bomb(400, 400))[0] == "truncated"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP", "AVIF"])
def test_a_picture_cut_short_anywhere_has_a_class(form):
    noise = np.random.default_rng(5).integers(0, 255, (60, 80, 3), np.uint8)
    whole = saved(Image.fromarray(noise), form)

    for tenth in range(1, 10):
        status, _ = status_of(whole[: len(whole) * tenth // 10])
        assert status in ("truncated", "undecodable")


def test_threads_wait_until_there_is_room():
    room = Room(pixels=100, wait_s=10)
    thread = room.take(80)
    came = threading.Event()

    def second():
        room.take(80)
        came.set()

    waiting = threading.Thread(target=second)
    waiting.start()
    assert not came.wait(0.2)
    room.give_back(thread, 80)
    assert came.wait(5)
    waiting.join()
    assert room.held == 80


def test_a_thread_that_holds_a_picture_never_waits_for_room():
    room = Room(pixels=100, wait_s=60)

    room.take(80)
    room.take(80)

    assert room.held == 160


def test_room_is_given_back_when_a_picture_is_forgotten():
    room = Room(pixels=100)
    pixels = np.zeros((4, 5, 3), np.uint8)
    room.give_back_with(pixels, room.take(20), 20)
    part = pixels[1:]

    assert room.held == 20
    del pixels
    assert room.held == 20, "a part of it is still looked at"
    del part
    assert room.held == 0


def item(number):
    return {
        "item_id": f"set:{number}",
        "source_id": "set",
        "source_key": str(number),
        "page_url": "http://127.0.0.1/",
        "licence_tier": "open",
        "collected_at": AT,
        "group_key": f"set:{number}",
        "listed_sha256": "0" * 64,
        "details": "{}",
        "status": "ok",
    }


def file(number, sha256):
    return {
        "media_id": f"set:{number}!a.jpg",
        "item_id": f"set:{number}",
        "listed_sha256": "0" * 64,
        "role": "picture",
        "name": "a.jpg",
        "url": "dataset:a.jpg",
        "sha256": sha256,
        "retrieved_at": AT,
        "collector": "dataset",
        "collector_version": 2,
        "status": "ok",
    }


PROBE = """
import sys
from pathlib import Path
from pipeline.extract.stage import EXTRACT
from pipeline.store import Bench, Workspace
import pyarrow.parquet as pq
folder = Path(sys.argv[1])
store = Workspace(folder / "workspace").media
tables = [pq.read_table(folder / f"{name}.parquet") for name in ("items", "media")]
bench = Bench(store, {"kind": "dataset", "language": "en"})
images = EXTRACT.run(bench, *tables)[0]
print(",".join(sorted(images["status"].to_pylist())))
# not ru_maxrss, which a child takes over from its parent
print(int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024)
"""


def large_pictures():
    """Return pictures at the limits of what is decoded, in forms that cost the most memory."""
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = Image.effect_noise((1250, 1000), 60).convert("RGB").resize((8000, 6250), 0)
    yield saved(photo, "JPEG", progressive=True, exif=exif, subsampling=0, quality=60)
    yield saved(Image.new("RGBA", (8000, 6250), (*RED, 90)), "PNG", compress_level=1)
    yield saved(plain(size=(5000, 5000)), "WEBP", method=0)
    yield saved(Image.new("I;16", (8000, 6250), 900), "PNG", compress_level=1)
    yield bomb(60_000, 60_000)
    yield bomb(8000, 6250)


def test_no_picture_takes_a_gigabyte_through_the_whole_stage(workspace, tmp_path):
    items, files = [], []
    for number, content in enumerate(large_pictures()):
        sha256 = workspace.media.put(content, "bin")
        items.append(item(number))
        files.append(file(number, sha256))
    pq.write_table(ITEMS.table(items), tmp_path / "items.parquet")
    pq.write_table(MEDIA.table(files), tmp_path / "media.parquet")

    command = [sys.executable, "-c", PROBE, str(tmp_path)]
    root = Path(__file__).parents[2]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)

    assert ended.returncode == 0, ended.stderr
    statuses, peak_mb = ended.stdout.split()
    assert statuses.split(",") == ["ok"] * 4 + ["too_large", "truncated"]
    assert int(peak_mb) < 1000
