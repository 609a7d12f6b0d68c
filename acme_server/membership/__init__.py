"""Who else is there: one Lease per replica of the server, and Leases that one of them holds.

`port` says what others may ask, `lease` is the Kubernetes object and the requests for it,
`observation` decides who is alive, `leases` is membership by Leases, `holding` a Lease that one
replica at a time has.
"""
