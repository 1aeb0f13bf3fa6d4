"""Writers: evidence -> sentences that name the evidence they rest on."""
