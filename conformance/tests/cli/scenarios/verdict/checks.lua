-- Checks of every weight against js on web.
scenario "a check holds" {
  covers = { "UPC-02" },
  tags = { "good" },
  run = function(r) assert(r.check { ok = true }) end,
}

scenario "a MUST is broken" {
  covers = { "UPC-02" },
  run = function(r)
    r.check { ok = false, message = "the replay came late", expected = { 1, 1, 2 }, actual = { 1, 2, 2 },
      where = "scenarios/verdict/checks.lua:11" }
    r.harness_error("a failed check ends the scenario")
  end,
}

scenario "a MUST is broken and the script looks away" {
  covers = { "UPC-02" },
  run = function(r)
    local wrapped = coroutine.wrap(function() r.check { ok = false, message = "seen all the same" } end)
    pcall(pcall, wrapped)
    xpcall(r.check, function() return "handled" end, { ok = true })
    r.harness_error("this is never reached")
  end,
}

-- R-3: what was seen until then is judged, and nothing else can be done any more.
scenario "a check fails while rules are watched" {
  covers = { "UPC-02" },
  run = function(r)
    judge = function(rest)
      rest.callbacks()
      rest.observe { id = "API-03", ok = false, message = "two ends came before the check" }
      assert(not pcall(rest.call, "setup", {}) and not pcall(rest.wait, function() return true end))
      rest.note("all of it was judged")
    end
    r.check { ok = false, message = "too late" }
  end,
}

scenario "a check fails and its rules stay without judgement" {
  covers = { "UPC-02" },
  run = function(r)
    judge = function() error("a mistake of the prelude") end
    r.check { ok = false, message = "too late" }
  end,
}

scenario "a decision of our own is broken" {
  covers = { "API-15" },
  run = function(r)
    r.check { id = "API-15", ok = false, message = "late progress" }
    r.check { id = "UPC-02", ok = true }
  end,
}

-- What a deviating testee makes impossible is no mistake of the scenario's author.
scenario "the script cannot go on after a broken decision of our own" {
  covers = { "API-15" },
  run = function(r)
    judge = function(rest) rest.observe { id = "API-03", ok = false, message = "two ends came before" } end
    r.check { id = "API-15", ok = false, message = "no row came" }
    r.nothing()
  end,
}

scenario "a rule never fires after a broken decision of our own" {
  covers = { "API-15" },
  run = function(r)
    server:service("Org", {}):on_upload():once():hang()
    r.check { id = "API-15", ok = false, message = "no upload came" }
  end,
}

scenario "a rule is broken" {
  covers = { "UPC-02" },
  run = function(r)
    r.observe { id = "API-03", ok = true }
    r.observe { id = "API-03", ok = false, message = "two ends came" }
    r.check { ok = true }
  end,
}

scenario "several outcomes are right" {
  covers = { "SEQ-02" },
  run = function(r) r.outcome("SEQ-02", "listed") end,
}

scenario "something cannot be judged" {
  covers = { "UPC-02" },
  run = function(r) r.skip("the moon is full") end,
}

scenario "only for java" {
  covers = { "UPC-02" },
  api = { "java" },
  run = function(r) r.harness_error("it runs for js") end,
}

scenario "a time machine is needed" {
  covers = { "UPC-02" },
  needs = { "cancelSync" },
  run = function(r) r.harness_error("it runs without") end,
}
