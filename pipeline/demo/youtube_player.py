"""The demo's player script, whose two challenges yt-dlp has to solve by running it.

The script has the shape that yt-dlp's solver looks for: one function that builds an address,
sets `alr`, unscrambles a signature, and an address whose one further method rewrites `n`.
"""

import hashlib

SIGNATURE_TIMESTAMP = 20601
PLAYER_PATH = "/s/player/d0e1f2a3/player_ias.vflset/en_US/base.js"

PLAYER_SCRIPT = f"""var _yt_player={{}};(function(g){{
"demo player";
var build={{signatureTimestamp:{SIGNATURE_TIMESTAMP}}};
class Address{{
constructor(link){{this.link=link;this.parts={{}};}}
set(name,value){{this.parts[name]=value;return this;}}
get(name){{return name in this.parts?this.parts[name]:null;}}
clone(){{return this;}}
settle(){{var n=this.parts.n;if(n)this.parts.n=n.slice(4)+n.slice(0,4)+"Q";}}
}}
var unseal=function(seal){{return seal.split("").reverse().slice(3).join("");}};
g.open=function(link,name,seal){{
var address=new Address(link);
address.set("alr","yes");
if(seal)address.set(name,encodeURIComponent(unseal(decodeURIComponent(seal))));
return address;
}};
}})(_yt_player);
"""


def challenge(video_id: str, kind: str) -> str:
    """Return the scrambled `n` or `s` of a video."""
    return hashlib.sha256(f"{kind} {video_id}".encode()).hexdigest()[: 14 if kind == "n" else 44]


def solution(video_id: str, kind: str) -> str:
    """Return what the script makes of a video's challenge."""
    scrambled = challenge(video_id, kind)
    if kind == "n":
        return scrambled[4:] + scrambled[:4] + "Q"
    return scrambled[::-1][3:]
