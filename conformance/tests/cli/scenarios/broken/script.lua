-- Scenarios that are wrong themselves.
scenario "a loop without end" {
  covers = { "UPC-02" },
  run = function() while true do pcall(function() end) end end,
}

scenario "nil is called" {
  covers = { "UPC-02" },
  run = function(r) r.nothing() end,
}

scenario "a requirement of the catalogue's dreams" {
  covers = { "UPC-99" },
  run = function() end,
}

scenario "a check names no requirement" {
  covers = { "UPC-02" },
  run = function(r) r.check { id = "UPC-02/never", ok = true } end,
}

scenario "a member is misspelt" {
  cover = { "UPC-02" },
  run = function() end,
}

scenario "a rule that never fires" {
  covers = { "UPC-02" },
  run = function()
    server:service("Org", {}):on_upload():once():hang()
  end,
}

scenario "a condition that waits for ever" {
  covers = { "UPC-02" },
  run = function(r) r.wait(function() return false end, "a miracle") end,
}

scenario "a message that breaks the protocol" {
  covers = { "UPC-02" },
  run = function(r) r.call("startSync", { sync = "s1" }) end,
}

scenario "a rule's function that waits" {
  covers = { "UPC-02" },
  run = function(r)
    local before = r.now()
    assert(r.now() > before)
    r.storage("../escape")
  end,
}
