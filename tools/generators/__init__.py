"""Writers of the files in firmware_proto/generated/: each turns definitions into the text of one file."""

BANNER = "Written by tools/generate.py (make generate) from {source}. Do not edit: change the source and generate again."


def banner_c(source: str) -> str:
    return f"/* {BANNER.format(source=source)} */\n"
