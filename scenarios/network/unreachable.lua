-- A server that cannot be reached: the class of the failure, and the edits that stay (NET-01). The metadata comes from
-- where it always is; the service document names another place for the data.
local company = require "lib.company"

local cases = {
  { title = "a port where nobody listens", class = "refused", strike = function(t, service)
    t.server:listener("refused"):serve(service, { metadata = false })
  end },
  { title = "a certificate that nobody trusts", class = "tls", strike = function(t, service)
    t.server:listener("tls_selfsigned"):serve(service, { metadata = false })
  end },
  { title = "a host that does not exist", class = "host", strike = function(t)
    t.server:edit_document(function(document) -- no such name is ever given out (RFC 2606)
      document.services_meta.Organization.url = "http://foundry.invalid/services/data/v1/Organization"
    end)
  end },
}

for _, case in ipairs(cases) do
  scenario("a sync that meets " .. case.title .. " fails, and its edits stay") {
    covers = { "NET-01" },
    needs = { "localCrud" },
    run = function(t)
      local organization = company.organization(t)
      case.strike(t, organization)
      local app = t:app():setup()
      app:create("Employee", { Name = "Grace" })

      for _ = 1, 2 do
        t.expect(app:sync():of("Organization")):fails_with(case.class)
        t.expect(app:rows("Employee")):equals { { Name = "Grace" } }
        t.expect(app:pending("Employee")):count(1)
      end
      t.expect(organization:uploads()):count(0)
      t.expect(organization:downloads()):count(0)
      t.no_drain("the client knows no other place for the data")
    end,
  }
end
