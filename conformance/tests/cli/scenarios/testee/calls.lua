-- Calls of the testee: what it answers, how it dies and comes back.
local function open(r)
  return r.call("open", {
    storage = r.storage("app"), fresh = true, serviceUrl = r.base_url(), serviceDocument = r.document(),
    appKey = "k", appSecret = "s", claimsToken = "t", networkTimeoutMs = 2000,
  })
end

local function start(r)
  return r.call("startSync", { sync = "s1", level = "application", callbacks = { "success", "failure" } })
end

scenario "a sync comes to its end" {
  covers = { "API-03" },
  run = function(r)
    open(r)
    local answer = r.call("setup", { options = {} })
    r.check { ok = answer.outcome == "success" }
    start(r)
    r.wait(function() return #r.callbacks() == 1 end, "the end of the sync")
    local callback = r.callbacks()[1]
    r.check { ok = callback.kind == "success" and callback.at > 0 and callback.seq == 1 }
    r.check { ok = r.callbacks() == r.callbacks(), message = "the same array" }
    r.check { ok = r.hello.name == "fake" and r.profile.api == "js" and r.profile.channel == "web" }
    r.call("close")
  end,
}

scenario "an end never comes" {
  covers = { "API-03" },
  run = function(r)
    open(r)
    start(r)
    r.wait(function() return #r.callbacks() == 1 end, "the end of the sync")
  end,
}

scenario "create is called" {
  covers = { "API-03" },
  run = function(r)
    open(r)
    local answer, problem = r.call("create", { object = "Employee", record = { Name = "Ada" } })
    if problem then r.skip(problem.code .. " " .. problem.message) end
    r.check { ok = answer.outcome == "success" }
  end,
}

scenario "cancelSync is called" {
  covers = { "API-03" },
  run = function(r)
    open(r)
    r.call("cancelSync", { cancel = "c1", level = "object", target = "Employee" })
  end,
}

scenario "the process is killed and started again" {
  covers = { "UPC-08" },
  needs = { "kill" },
  run = function(r)
    open(r)
    r.kill()
    r.wait(function() return not r.alive() end, "its end")
    local good, message = r.pcall(r.call, "setup", { options = {} })
    r.check { ok = not good and message:find("killed", 1, true) ~= nil }
    r.revive()
    r.check { ok = r.alive() }
    open(r)
    r.check { ok = r.call("setup", { options = {} }).outcome == "success" }
    r.call("close")
  end,
}

scenario "the process stays dead" {
  covers = { "UPC-08" },
  needs = { "kill" },
  run = function(r)
    open(r)
    r.kill()
    r.wait(function() return not r.alive() end, "its end")
    r.check { ok = not r.alive() }
  end,
}

scenario "a client gives up although nothing holds its request" {
  covers = { "UPC-02" },
  run = function(r)
    local foundry = require "foundry"
    local rows = {}
    for i = 1, 8 do rows[i] = { Name = "n" .. i, Notes = ("x"):rep(1000000) } end
    server:service("Org", {}):object("Employee", foundry.model.employee):insert(rows)
    open(r)
    start(r)
    r.wait(function()
      local request = server:requests()[1]
      return request and request.ended ~= nil
    end, "the end of the request")
    r.check { ok = false, message = "the sync failed" }
  end,
}
