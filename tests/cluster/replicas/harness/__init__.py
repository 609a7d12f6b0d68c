"""What the tests of replicas stand on: servers, a balancer before them, a gate behind them."""
