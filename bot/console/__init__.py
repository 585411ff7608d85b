"""For support staff: conversations as test cases, run and reported."""
