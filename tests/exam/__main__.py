"""`python -m tests.exam`: hold the exam and print what came of it.

python -m tests.exam --profile made --format html,markdown --seeds 0-9
python -m tests.exam --profile real --sort row_moved --seeds 0-50 --show-failures 3
python -m tests.exam --profile real --dense --noise
"""

import argparse
import contextlib
import sys
import time
from collections import Counter
from pathlib import Path

from tests.exam.cases import Case, Pages, cases, documents, pages
from tests.exam.editor import SORTS
from tests.exam.render import MEDIA
from tests.exam.score import Mark, Tally, asked, mark, shown

ENDINGS = {"text": "txt", "html": "html", "markdown": "md", "json": "json"}


def main() -> int:
    """Hold the exam that the arguments ask for. Exit code 1 where a case is not exactly right."""
    ask = _asked()
    forms = tuple(ask.format.split(","))
    first, _, last = ask.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    sorts = tuple(ask.sort.split(",")) if ask.sort else tuple(SORTS)
    found = cases(
        ask.profile, forms, sorts, seeds, mixed=25 if ask.dense else ask.mixed, is_noisy=ask.noise, is_back=ask.back
    )
    by_form: dict[str, Tally] = {}
    by_profile: dict[str, Tally] = {}
    total, failures, skipped, begun = Tally(), [], Counter[str](), time.time()
    for case in found:
        made = pages(case)
        if made is None:
            skipped[case.sort] += 1
            continue
        result = mark(*documents(case, made), made.wanted)
        for tally in (total, by_form.setdefault(case.form, Tally()), by_profile.setdefault(case.profile, Tally())):
            tally.add(case.sort, result)
        if not result.is_exact or result.unlawful or (ask.weigh and result.misweighed):
            failures.append((case, made, result))
        if ask.dump:
            _dump(Path(ask.dump), case, made, result)
    _print(total, by_form, by_profile, time.time() - begun)
    if ask.failures:
        _report(Path(ask.failures), total, failures)
    shown_sorts: Counter[str] = Counter()
    for case, made, result in failures:
        shown_sorts[f"{case.sort}/{case.form}"] += 1
        if shown_sorts[f"{case.sort}/{case.form}"] <= ask.show_failures:
            _show(case, made, result)
    return int(bool(failures))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.exam", description="Hold the exam of tracker.compare.")
    parser.add_argument("--profile", default="all", help="real, made, all, or a layout's name")
    parser.add_argument("--format", default="text,html,markdown,json")
    parser.add_argument("--sort", default="", help="names of edits, by commas; `noise` for none (default: each)")
    parser.add_argument("--mixed", type=int, default=0, help="so many edits at once, of any sort")
    parser.add_argument("--dense", action="store_true", help="25 edits at once")
    parser.add_argument("--noise", action="store_true", help="typographic noise over the new page")
    parser.add_argument("--back", action="store_true", help="compare new with old instead")
    parser.add_argument("--seeds", default="0-3", help="A-B, both included")
    parser.add_argument("--show-failures", type=int, default=1, help="so many of each sort and format")
    parser.add_argument("--weigh", action="store_true", help="show wrong salience as a failure too")
    parser.add_argument("--failures", default="", help="a file to add the failures to, by sort, with their commands")
    parser.add_argument("--dump", default="", help="a folder for both pages of every case")
    return parser.parse_args()


def _print(total: Tally, by_form: dict[str, Tally], by_profile: dict[str, Tally], took_s: float) -> None:
    print(f"{'sort':24} {'exactly right':>14}   by format")
    for name in total.cases:
        forms = "  ".join(f"{f} {t.exact[name]}/{t.cases[name]}" for f, t in by_form.items() if t.cases[name])
        print(f"{name:24} {total.exact[name]:>6}/{total.cases[name]:<6}   {forms}")
    print(f"\n{'kind':24} {'precision':>9} {'recall':>9}  wanted")
    for kind, precision, recall, wanted in total.kinds():
        print(f"{kind:24} {precision:>9.4f} {recall:>9.4f}  {wanted}{'' if min(precision, recall) >= 0.98 else '   <'}")
    for what, tallies in (("profile", by_profile), ("format", by_form)):
        print(f"\n{what:24} {'precision':>9} {'recall':>9} {'exactly':>9}  cases")
        for name, t in (*tallies.items(), ("all", total)):
            print(f"{name:24} {t.precision:>9.4f} {t.recall:>9.4f} {t.exactly:>9.4f}  {sum(t.cases.values())}")
    weighed = ", ".join(f"{level} wrong {total.misweighed[level]}/{n}" for level, n in sorted(total.weighed.items()))
    print(
        f"\nsalience: {weighed}\ncells misplaced in {total.misplaced} cases, "
        f"laws broken in {total.unlawful}; {took_s:.0f} s"
    )


def _show(case: Case, made: Pages, result: Mark) -> None:
    print(f"\n--- {case.sort} {case.profile} {case.form} seed {case.seed}\n    {case.command}")
    if len(made.wanted) < 4:
        print(f"  wanted:\n{asked(made.wanted)}")
    for what, lines in (("missing", asked(result.missing)), ("extra", shown(result.extra))):
        if lines:
            print(f"  {what}:\n{lines}")
    for line in (*result.unlawful, *result.misweighed):
        print(f"  {line}")


def _report(path: Path, total: Tally, failures: list[tuple[Case, Pages, Mark]]) -> None:
    """Add the failures to a file, the sorts with most of them first."""
    by_sort: dict[str, list[tuple[Case, Pages, Mark]]] = {}
    for case, made, result in failures:
        by_sort.setdefault(_symptom(result), []).append((case, made, result))
    with path.open("a", encoding="utf-8") as out, contextlib.redirect_stdout(out):
        print(
            f"\n# {' '.join(sys.argv[1:])}\n{len(failures)} of {sum(total.cases.values())} cases; "
            f"P {total.precision:.4f} R {total.recall:.4f}"
        )
        for symptom, found in sorted(by_sort.items(), key=lambda s: -len(s[1])):
            where = Counter(f"{case.sort}/{case.form}" for case, _, _ in found)
            print(f"\n## {len(found)} × {symptom}   ({', '.join(f'{w} {n}' for w, n in where.most_common(8))})")
            for case, made, result in found[:2]:
                _show(case, made, result)


def _symptom(result: Mark) -> str:
    """The kinds that were missing and told instead."""
    missing = sorted({w.kind for w in result.missing})
    extra = sorted({str(t["kind"]) for t in result.extra})
    return (
        f"missing {', '.join(missing) or 'none'}; told {', '.join(extra) or 'nothing'} instead"
        + "; unlawful" * bool(result.unlawful)
    )


def _dump(folder: Path, case: Case, made: Pages, result: Mark) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{case.profile}-{case.sort}-{case.seed}-{case.form}"
    for side, page in (("old", made.old), ("new", made.new)):
        path = folder / f"{name}.{side}.{ENDINGS[case.form]}"
        path.write_bytes(page)
        print(f"{path}  ({MEDIA[case.form]})", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
