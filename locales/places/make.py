"""Makes china.txt and countries.txt anew. Run by hand when the numbering plan has moved:

    pip install phonenumbers babel && python3 locales/places/make.py

Sources: libphonenumber's geocoding data for +86 as shipped in the `phonenumbers` package
(Apache License 2.0), and the names of countries of Unicode CLDR as shipped in `babel`
(Unicode License).
"""

from pathlib import Path

import phonenumbers
from babel import Locale
from phonenumbers.geodata import GEOCODE_DATA

HERE = Path(__file__).parent
DIGITS = 7  # a place is known by so many leading digits of the national number, or fewer

# as they are written in China; CLDR's own names are longer, or leave a word out
SHORT = {"HK": "中国香港", "MO": "中国澳门", "TW": "中国台湾"}


def china():
    known = {key[2:]: names for key, names in GEOCODE_DATA.items() if key.startswith("86")}
    order = sorted({(names.get("zh", names["en"]), names["en"]) for names in known.values()})
    code = {pair: index for index, pair in enumerate(order)}
    area, mobile = {}, {}
    for prefix, names in known.items():
        which = code[(names.get("zh", names["en"]), names["en"])]
        (mobile if prefix[0] == "1" and prefix[:2] != "10" else area)[prefix] = which
    lines = [f"# libphonenumber {phonenumbers.__version__}, +86; see make.py"]
    lines += [f"p {zh}\t{en}" for zh, en in order]
    lines += [f"a {prefix} {which}" for prefix, which in sorted(area.items())]
    # mobile numbers: runs of one place among the first seven digits
    spread = {}
    for prefix, which in sorted(mobile.items(), key=lambda item: len(item[0])):
        span = 10 ** (DIGITS - len(prefix))
        for rest in range(span):
            spread[int(prefix) * span + rest] = which
    runs = []
    for number, which in sorted(spread.items()):
        if runs and runs[-1][0] + runs[-1][1] == number and runs[-1][2] == which:
            runs[-1][1] += 1
        else:
            runs.append([number, 1, which])
    group, line = None, ""
    for begin, length, which in runs:
        head, tail = divmod(begin, 1000)
        if head != group:
            if line:
                lines.append(line)
            group, line = head, f"m {head}"
        line += f" {tail}" + (f"+{length}" if length > 1 else "") + f":{which}"
    lines.append(line)
    (HERE / "china.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def countries():
    zh, en = Locale("zh").territories, Locale("en").territories
    lines = ["# Unicode CLDR; see make.py"]
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        lines.append(f"{region}\t{SHORT.get(region, zh.get(region, region))}\t{en.get(region, region)}")
    (HERE / "countries.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


china()
countries()
