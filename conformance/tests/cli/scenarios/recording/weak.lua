-- What a weak check ends under --strict=all goes on without it, and asks for more than was recorded.
scenario "a weak check stands before a call" {
  covers = { "API-15" },
  run = function(r)
    r.check { ok = false, message = "late progress" }
    r.now()
  end,
}
