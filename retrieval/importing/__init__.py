"""Bring your own catalogue: files of any shape in, a `Dataset` and a schema that a person can edit out.

files.py      what a file is: format, encoding, compression
tables.py     rows of CSV, JSON, JSONL and Parquet, one after the other
words.py      what names of columns and catalogues say (words.yaml)
cells.py      one cell: number, date, flag, list
columns.py    what a column holds, from a sample of it
inference.py  the schema and the columns of id, title and description
items.py      rows to items
behaviour.py  rows to interactions
movielens.py  the folders and zips of GroupLens
aside.py      what could not be used, with line and reason
run.py        the whole import, top to bottom: read this first
"""
