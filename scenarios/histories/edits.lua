-- Random histories: whatever happens, the back end and the devices end up with what the users did (UPL-12).
local generator = require "lib.history_generator"
local history = require "lib.history"

local COVERS = {
  "UPL-12", "UPL-04", "UPL-07", "UPC-01", "API-07", "API-09", "CAN-01", "CBK-05", "CON-01", "DNL-02", "HIE-01", "LOC-02", "LOC-03", "LOC-04",
  "LOC-07", "NET-07", "OPT-12", "OPT-14", "OPT-16",
}

property "edits, syncs, faults and restarts in any order lose and double nothing" {
  covers = COVERS,
  needs = { "localCrud" },
  histories = 12,
  generate = function(random, t) return generator.new(random, t, { "app" }) end,
  run = function(t, steps) history.play(t, { "app" }, steps) end,
}

property "two devices that edit and sync in turn end up with the same rows" {
  covers = COVERS,
  needs = { "localCrud", "restart" },
  histories = 8,
  generate = function(random, t) return generator.new(random, t, { "one", "two" }) end,
  run = function(t, steps) history.play(t, { "one", "two" }, steps) end,
}
