"""The four kinds as typed, frozen models; how documents become them, and the CRDs made from them.

A value's own syntax (a duration, a pattern, a word of a list, a bound) is a type and checks itself
in its constructor. What holds between fields, or between an object and its former self, stands in
`rules`: one table that serves the API server as CEL and the loader as Python.
"""
