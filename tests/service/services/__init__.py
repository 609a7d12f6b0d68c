"""The verbs of ACME, driven through the dispatcher by signed requests, over fakes of the ports."""
