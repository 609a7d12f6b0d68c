"""Tests of services and adapters against written fakes and real files."""
