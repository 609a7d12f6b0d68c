"""What `certwright.pki` promises, by module; `test_standards` asks verifiers written elsewhere."""
