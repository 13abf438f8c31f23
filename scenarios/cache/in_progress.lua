-- A replay whose first try still runs at the server: opstatus 500210 (UPC-10, W-46).
local company = require "lib.company"

-- The server does not wait for the answer before it says that the request is in progress.
local SERVICE = { uploadCache = true, response_wait_ms = 0 }

---The process ends while its upload is at work at the server; its restarted app syncs.
local function replay_meets_its_first_try(t)
  local organization, employees = company.organization(t, SERVICE)
  local app = t:app():setup()
  app:create("Employee", { Name = "Ada" })
  organization:on_upload():once():hold("work")
  app:start()
  t.gate("work"):reached()
  app:kill()
  app:revive()
  app:create("Employee", { Name = "Grace" })
  return app, organization, employees, app:sync()
end

scenario "a replay whose first try still runs fails with 2044 or 2038, and nothing newer is sent" {
  covers = { "UPC-10", "UPC-07/newer" },
  needs = { "localCrud", "uploadCache", "kill", "restart" },
  run = function(t)
    local _, organization, _, result = replay_meets_its_first_try(t)
    t.expect(result):fails_with { 2044, 2038, 2476 }
    t.expect(organization:uploads(), "UPC-07/newer"):has_ids { 1, 1 }
    t.expect(organization:downloads(), "UPC-07/newer"):count(0)
    t.gate("work"):open()
  end,
}

scenario "when its first try has ended, the same id gets the answer, and the back end saw it once" {
  covers = { "UPC-10", "UPC-04" },
  needs = { "localCrud", "uploadCache", "kill", "restart" },
  run = function(t)
    local app, organization, employees, result = replay_meets_its_first_try(t)
    t.expect(result):fails()
    t.gate("work"):open()
    t.wait(function() return #employees:rows() == 1 end, "the work of the first try")

    t.expect(app:sync()):succeeds()
    t.expect(organization:uploads()):has_ids { 1, 1, 1, 2 }
    t.expect(employees:rows(), "UPC-04"):equals { { Name = "Ada" }, { Name = "Grace" } }
    t.expect(app:rows("Employee"), "UPC-04"):equals { { Name = "Ada" }, { Name = "Grace" } }
    t.expect(app:pending("Employee")):count(0)
  end,
}

scenario "a first try that never ends may be submitted again after half an hour" {
  covers = { "UPC-10" },
  needs = { "localCrud", "uploadCache", "kill", "restart" },
  run = function(t)
    local app, organization, employees, result = replay_meets_its_first_try(t)
    t.expect(result):fails()
    t.clock:advance("31min")
    t.expect(app:sync()):succeeds()
    t.expect(organization:uploads()):has_ids { 1, 1, 1, 2 }
    t.expect(employees:rows()):equals { { Name = "Ada" }, { Name = "Grace" } }
    t.gate("work"):open()
  end,
}
