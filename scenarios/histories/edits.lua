-- Random histories: whatever happens, the back end and the devices end up with what the users did (UPL-12).
local generator = require "lib.history_generator"
local history = require "lib.history"

property "edits, syncs, faults and restarts in any order lose and double nothing" {
  covers = { "UPL-12", "API-07", "API-09", "DNL-02", "LOC-02", "LOC-03", "UPL-04", "OPT-12", "HIE-01", "CON-01", "LOC-07", "NET-07" },
  needs = { "localCrud" },
  histories = 12,
  generate = function(random, t) return generator.new(random, t, { "app" }) end,
  run = function(t, steps) history.play(t, { "app" }, steps) end,
}

property "two devices that edit and sync in turn end up with the same rows" {
  covers = { "UPL-12", "API-07", "API-09", "DNL-02", "LOC-02", "LOC-03", "UPL-04", "OPT-12", "HIE-01", "CON-01", "LOC-07", "NET-07" },
  needs = { "localCrud", "restart" },
  histories = 8,
  generate = function(random, t) return generator.new(random, t, { "one", "two" }) end,
  run = function(t, steps) history.play(t, { "one", "two" }, steps) end,
}
