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

scenario "an outcome that nobody accepts" {
  covers = { "SEQ-02" },
  run = function(r) r.outcome("SEQ-02", "as listed") end,
}

scenario "a rule's function that fails" {
  covers = { "UPC-02" },
  run = function(r)
    server:service("Org", {}):on_download():at("arrived", function() error("the author's mistake") end)
    r.call("open", { storage = r.storage("app"), fresh = true, serviceUrl = r.base_url(), serviceDocument = server:document(),
                     appKey = "k", appSecret = "s", claimsToken = "t", networkTimeoutMs = 5000 })
    r.call("startSync", { sync = "s1", level = "application", options = {}, callbacks = { "success", "failure" } })
    r.wait(function() return server:requests()[1] and server:requests()[1].ended end, "the end of the request")
  end,
}

scenario "nothing is checked" {
  covers = { "API-01" },
  run = function() end,
}
