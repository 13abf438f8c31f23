-- Option sets for application syncs, and questions about how one service ended.
-- Nothing here keeps state: every function answers from its arguments.
local options = {}

---The options of an application sync in which the service Organization has options of its own.
---@param own any what stands under its name
---@param mode? string syncMode
function options.organization(own, mode)
  return { syncMode = mode, objectServicesOptions = { Organization = own } }
end

---Create employees "<prefix> 1" … "<prefix> n" in the app: so many pending edits.
function options.edits(app, count, prefix)
  for i = 1, count do app:create("Employee", { Name = (prefix or "New") .. " " .. i }) end
end

---A filter for `Requests:where`: what arrives in this world from now on.
---@return fun(request: Request): boolean
function options.from_now(t)
  local requests = t.server:requests()
  local last = #requests > 0 and requests[#requests].seq or 0
  return function(request) return request.seq > last end
end

---The first of a list of requests; where there is none, one that says nothing, so that the check on it tells.
---@param requests Requests
function options.first(requests)
  return requests[1] or { query = {}, headers = {}, records = {}, body_text = "", missing = true }
end

---The code that a service failed with; the call's own code when no service was begun.
---@return integer|nil
function options.code_of(result, name)
  local payload, how = result:service(name)
  if how == "failure" then return tonumber(payload.code) end
  if result.outcome ~= "success" and how == nil then return result.code end
  return nil
end

---A check of a service's end that every API passes: its failure, a failure or a refusal of the call.
function options.service_fails(result, name)
  local _, how = result:service(name)
  return result.outcome ~= "success" and how ~= "success"
end

return options
