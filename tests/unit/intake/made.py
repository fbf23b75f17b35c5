"""Hand-made hostile and ordinary exhibits."""

import io
import json
import tarfile
import zipfile

from adyton.intake import RawFile, open_exhibits

SALT = b"a salt for tests"


def opened(name, data, **kwargs):
    return open_exhibits([RawFile(name=name, data=data)], salt=SALT, **kwargs)


def texts(intake):
    return [segment.text for segment in intake.segments]


def zipped(members, comment=b"", method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.comment = comment
        for name, data in members.items():
            info = zipfile.ZipInfo(name, date_time=(2026, 3, 4, 5, 6, 8))
            info.compress_type = method
            archive.writestr(info, data)
    return out.getvalue()


def tarred(members, **kind):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.uname = len(data), 1_770_000_000, "vendor-build"
            for field, value in kind.items():
                setattr(info, field, value)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def chat(*messages, **more):
    export = {"name": "Model swap", "type": "private_group", "id": 1, "messages": list(messages)}
    return json.dumps(export | more).encode()
