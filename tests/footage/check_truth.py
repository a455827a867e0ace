"""Checks the committed clips against their truth. Needs Python 3.11 and ffprobe, not Blender.

Exits with 1 and one line per fault. Run: python3 tests/footage/check_truth.py
"""

import json
import subprocess
import sys
from pathlib import Path

CLIPS = Path(__file__).resolve().parent / "clips"
MOST_BYTES = 25_000_000
HATS = {"toque", "cap", "net", "none"}
MASKS = {"worn", "not_worn", "wrongly_worn"}


def main() -> int:
    faults = list(folder_faults())
    truths = sorted(CLIPS.glob("*.truth.json"))
    for path in truths:
        truth = json.loads(path.read_text())
        for fault in [*shape_faults(truth), *video_faults(truth, path)]:
            faults.append(f"{path.name}: {fault}")
    for fault in faults:
        print(fault)
    if not faults:
        print(f"{len(truths)} clips agree with their truth, {folder_bytes() / 1e6:.1f} MB")
    return 1 if faults else 0


def folder_bytes() -> int:
    return sum(path.stat().st_size for path in CLIPS.iterdir())


def folder_faults():
    if folder_bytes() > MOST_BYTES:
        yield f"clips take {folder_bytes()} bytes; at most {MOST_BYTES} may lie in git"
    if not any(CLIPS.glob("*.truth.json")):
        yield "there is no clip"
    for path in sorted(CLIPS.glob("*.mp4")):
        truth = CLIPS / f"{clip_of(path)}.truth.json"
        if not truth.exists():
            yield f"{path.name}: no {truth.name}"


def clip_of(path: Path) -> str:
    """Returns the scenario's name: a sub-stream and an H.265 copy share the truth of their clip."""
    return path.name.removesuffix(".mp4").removesuffix(".sub").removesuffix("_h265")


def shape_faults(truth: dict):
    """Yields what is wrong with the truth alone."""
    duration = len(truth["frames"]) / truth["fps"]
    if not truth["synthetic"]:
        yield "footage must be called synthetic"
    for event in truth["events"]:
        if not 0 <= event["from"] < event["to"] <= duration:
            yield f"event {event} is not within {duration} s"
        if not event_is_seen(truth, event):
            yield f"event {event} names somebody who is not in the picture"
    for index, frame in enumerate(truth["frames"]):
        if abs(frame["t"] - index / truth["fps"]) > 0.01:
            yield f"frame {index} says {frame['t']} s"
        for kind in ("persons", "heads", "bins"):
            for item in frame[kind]:
                x1, y1, x2, y2 = item["box"]
                if not (0 <= x1 < x2 <= truth["width"] and 0 <= y1 < y2 <= truth["height"]):
                    yield f"frame {index}: {kind} {item['id']} has the box {item['box']}"
        for head in frame["heads"]:
            if head["hat"] not in HATS or head["mask"] not in MASKS or head["covered"] != (head["hat"] != "none"):
                yield f"frame {index}: head {head['id']} contradicts itself"


def event_is_seen(truth: dict, event: dict) -> bool:
    """Tells whether the one the event names is there in all frames of its time."""
    during = [frame for frame in truth["frames"] if event["from"] <= frame["t"] < event["to"]]
    return all(any(item["id"] == event["who"] for item in frame["persons"] + frame["bins"]) for frame in during)


def video_faults(truth: dict, path: Path):
    """Yields differences between the truth and the coded pictures."""
    name = clip_of(path.with_name(truth["clip"]))
    for clip in (
        sorted(CLIPS.glob(f"{name}.mp4"))
        + sorted(CLIPS.glob(f"{name}.sub.mp4"))
        + sorted(CLIPS.glob(f"{name}_h265.mp4"))
    ):
        probe = probed(clip)
        if int(probe["nb_read_packets"]) != len(truth["frames"]):
            yield f"{clip.name} has {probe['nb_read_packets']} frames, the truth {len(truth['frames'])}"
        if probe["r_frame_rate"] != f"{truth['fps']}/1":
            yield f"{clip.name} has {probe['r_frame_rate']} frames a second"
        if not clip.name.endswith(".sub.mp4") and (probe["width"], probe["height"]) != (
            truth["width"],
            truth["height"],
        ):
            yield f"{clip.name} is {probe['width']}x{probe['height']}"


def probed(clip: Path) -> dict:
    command = [
        "ffprobe",
        "-v",
        "error",
        "-select_streams",
        "v:0",
        "-count_packets",
        "-of",
        "json",
        "-show_entries",
        "stream=width,height,r_frame_rate,nb_read_packets",
        str(clip),
    ]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["streams"][0]


if __name__ == "__main__":
    sys.exit(main())
