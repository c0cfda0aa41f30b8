"""What binds a requester's programs and templates to Amazon's addresses, and the edits for it."""
