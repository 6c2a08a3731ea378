"""QA's runner: the thirteen kinds of test of each built interlock, with pytest underneath.

`cells` holds the table and its rules, `plugin` is what pytest loads, `runner` drives it in a process of its
own, `source` reads the marks from the suite's text, `junit` and `table` tell the result.
"""
