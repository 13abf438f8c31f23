local foundry = require 'foundry'
local org = server:service('Org')
org:object('Note', foundry.model.note)
org:on_download{level = 'object'}:hang()
