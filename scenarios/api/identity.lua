-- The claims token (API-08).
local company = require "lib.company"

scenario "without a claims token the setup works, and a sync fails before it sends anything" {
  covers = { "API-08" },
  run = function(t)
    local _, employees = company.organization(t)
    employees:insert { Name = "Ada" }
    local app = t:app { claims_token = false }
    app:setup()
    t.expect(function()
      t.expect(app:sync()):refused_or_fails()
    end):sends_nothing()
    t.expect(app:rows("Employee")):equals {}
  end,
}

scenario "the claims token travels raw in the authorization header of every call" {
  covers = { "API-08" },
  needs = { "localCrud" },
  run = function(t)
    local token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"
    t.server:require_token(token)
    local organization, employees = company.organization(t)
    company.hire(employees, 3)
    local app = t:app { claims_token = token }
    app:setup()
    app:create("Employee", { Name = "Grace" })
    t.expect(app:sync { objectServicesOptions = { Organization = { downloadBatchSize = 2 } } }):succeeds()

    for _, request in ipairs(company.traffic(organization)) do
      t.expect(request.headers["x-voltmx-authorization"] or request.headers["x-kony-authorization"], "API-08/token"):equals(token)
    end
    t.expect(app:rows("Employee")):count(4)
  end,
}

scenario "a token that was refused once is asked for once more" {
  covers = { "API-08/again" },
  needs = { "identity", "localCrud", "uploadCache" },
  run = function(t)
    local organization, employees = company.organization(t, { uploadCache = true })
    local app = t:app { claims_token = "old" }
    app:setup()
    app:create("Employee", { Name = "Ada" })
    t.server:require_token("new")
    app:set_claims_token { token = "old", next = "new" }

    t.expect(app:sync()):succeeds()
    t.expect(employees:rows()):equals { { Name = "Ada" } }
    t.expect(organization:uploads()):has_ids { 1, 1 }
  end,
}
