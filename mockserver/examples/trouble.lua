-- The small Foundry on a bad day: what an app has to live with, one rule for each, to be copied.
--   foundry-mock --model trouble [--rows N] [--seed S]           N employees (default: 200); S: another bad day
local foundry = require "foundry"

local seed = server.options.seed or 1
local org = server:service("Organization", { uploadCache = true, conflict = "serverwins" })
local employees = org:object("Employee", foundry.model.employee)
employees:generate { count = server.options.rows or 200, seed = seed }

-- A tenth of what matches goes wrong, by dice: the same requests in the same order meet the same faults.
-- `once()`, `times(3)`, `nth(2)` instead of `now_and_then()`: exactly so often.
local dice = seed
local function now_and_then(rule)
  dice = dice + 1
  return rule:probability(0.1, dice)
end

now_and_then(org:on_download()):status(503)                              -- the server is down for a moment
now_and_then(org:on_download()):busy(30)                                 -- and says when to come again
now_and_then(org:on_download()):opstatus(20001, "the back end failed")   -- HTTP 200, and an error in it
now_and_then(org:on_download()):truncate(200)                            -- the answer breaks off
now_and_then(org:on_download()):linger(2000)                             -- it takes 2 s
now_and_then(org:on_download()):body("<p>Please log in.", "text/html")   -- a hotel's network
now_and_then(org:on_upload()):store():hang()                             -- stored, but the answer never comes
now_and_then(org:on_upload()):store():status(504)                        -- stored, but a gateway gave up
now_and_then(org:on_upload()):reset()                                    -- the connection is gone before anything was done
now_and_then(org:on_upload()):reject { errmsg = "refused by the back end" }        -- every record is refused
now_and_then(org:on_request()):status(401)                               -- the token is over

-- Always: what the back end does not like.
org:on_upload():reject {
  where = function(record) return type(record.Salary) == "number" and record.Salary < 0 end,
  opstatus = 20006, errmsg = "a salary is not negative",
}
