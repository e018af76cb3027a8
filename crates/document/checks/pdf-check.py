#!/usr/bin/env python3
"""Checks PDF files with tools that are not ours.

    pip install -r crates/document/checks/requirements.txt
    pdf-check.py FILE.pdf [--data FILE.json] ...

For each file:
1. page-validation: every rule of PDF/A-2a (ISO 19005-2) and PDF/UA-1 (ISO 14289-1) that it implements;
2. outloud: PDF/UA-1 and what a screen reader would say, no error;
3. pikepdf: catalogue entries that both standards ask for, seen with our own eyes, and every text in marked content;
4. with --data, each text of the JSON data is found again in the text of the structure, so that what is printed can be
   read aloud, searched and copied (ToUnicode).

Exit status: 0 all fine, 1 a finding (printed), 2 the tools are missing.
"""

import json
import pathlib
import subprocess
import sys
import unicodedata

try:
    import page
    import pikepdf
    import pymupdf
except ImportError as error:
    print(f"pdf-check: {error}; install checks/requirements.txt", file=sys.stderr)
    sys.exit(2)


def validate(path, findings):
    """Rules of the standards, by an independent validator."""
    for profile in (page.ValidationProfile.PDF_A_2A, page.ValidationProfile.PDF_UA_1):
        report = page.validate_pdf(str(path), profile=profile)
        print(f"  {profile.name}: {report.rules}")
        findings.extend(f"{profile.name}: {failure}" for failure in report.failures)


def listen(path, findings):
    """What a reader would say aloud."""
    result = subprocess.run(
        [pathlib.Path(sys.executable).with_name("outloud"), "--no-info", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        findings.append("outloud: " + (result.stdout + result.stderr).strip())


def look(path, findings):
    """The entries of the catalogue, and marked content on each page."""
    with pikepdf.open(path) as pdf:
        root = pdf.Root
        expected = {
            "MarkInfo/Marked": bool(root.get("/MarkInfo", {}).get("/Marked", False)),
            "StructTreeRoot": "/StructTreeRoot" in root,
            "Lang ja-JP": str(root.get("/Lang", "")) == "ja-JP",
            "DisplayDocTitle": bool(root.get("/ViewerPreferences", {}).get("/DisplayDocTitle", False)),
        }
        metadata = pdf.open_metadata()
        expected["pdfuaid:part 1"] = metadata.get("{http://www.aiim.org/pdfua/ns/id/}part") == "1"
        expected["pdfaid 2A"] = metadata.get("pdfaid:part") == "2" and metadata.get("pdfaid:conformance") == "A"
        expected["dc:title"] = bool(metadata.get("dc:title"))
        findings.extend(f"missing: {name}" for name, there in expected.items() if not there)
        for number, sheet in enumerate(pdf.pages, 1):
            depth = 0
            for operands, operator in pikepdf.parse_content_stream(sheet):
                name = str(operator)
                if name in ("BDC", "BMC"):
                    depth += 1
                elif name == "EMC":
                    depth -= 1
                elif name in ("Tj", "TJ", "'", '"') and depth == 0:
                    findings.append(f"page {number}: text outside marked content")
                    break
            for name, font in sheet.get("/Resources", {}).get("/Font", {}).items():
                if "/ToUnicode" not in font:
                    findings.append(f"page {number}: font {name} without ToUnicode")


def squeezed(text):
    """Text without spaces, as line breaks and columns put them anywhere."""
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Cf")


def texts(value):
    """Every text of the data; dates are printed in eras and hashes shortened, so they are left out."""
    if isinstance(value, str):
        if not (value[:4].isdigit() and value[4:5] == "-") and len(value) != 64:
            yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)


def read_back(path, data, findings):
    """Each text of the data comes out of the file as it went in."""
    with pymupdf.open(path) as pdf:
        # A cell may be cut by a page break with a header between: compare block by block, then the whole.
        whole = squeezed("".join(sheet.get_text(sort=False) for sheet in pdf))
    findings.extend(f"not found again: {text!r}" for text in texts(data) if squeezed(text) not in whole)


def main(arguments):
    jobs = []
    for argument in arguments:
        if argument == "--data":
            continue
        if argument.endswith(".json"):
            jobs[-1][1] = json.loads(pathlib.Path(argument).read_text(encoding="utf-8"))
        else:
            jobs.append([pathlib.Path(argument), None])
    if not jobs:
        print(__doc__)
        return 2
    bad = 0
    for path, data in jobs:
        print(path.name)
        findings = []
        validate(path, findings)
        listen(path, findings)
        look(path, findings)
        if data is not None:
            read_back(path, data, findings)
        for finding in findings:
            print(f"  NG {finding}")
        bad += len(findings)
        if not findings:
            print("  OK")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
