-- The errors of a hierarchy: 2466 and 2467 at setup, 2468 and 2469 at sync (HIE-03).
local failures = require "lib.failures"
local foundry = require "foundry"
local lib = require "lib.orders"

---@return table the object `name` of the metadata
local function object_of(metadata, name)
  for _, object in ipairs(metadata.namespaces[1].objects) do
    if object.name == name then return object end
  end
end

local metadata_faults = {
  { title = "a supported object without a relationship", code = 2466, change = function(m)
    object_of(m, "Order").operations.create.actions[1].supportedObjects[1].name = "Tag"
  end },
  { title = "a supported object that does not exist", code = 2466, change = function(m)
    object_of(m, "Order").operations.create.actions[1].supportedObjects[1].name = "Nobody"
  end },
  { title = "a relationship whose key counts differ", code = 2467, change = function(m)
    local relationship = object_of(m, "Order").relationships[1]
    relationship.source_fields = foundry.array { "OrderId", "Title" }
  end },
}

for _, fault in ipairs(metadata_faults) do
  scenario("metadata with " .. fault.title .. " fails the setup with " .. fault.code) {
    covers = { "HIE-03" },
    needs = { "hierarchy" },
    run = function(t)
      local book = lib.book(t)
      book.service:edit_metadata(function(metadata)
        fault.change(metadata)
        return metadata
      end)
      local result = t:app():try_setup()
      t.expect(result):fails()
      t.expect(failures.setup_codes(result)[fault.code] == true):is_true("the code " .. fault.code .. " is told")
    end,
  }
end

scenario "a child with two parent rows is an error, and is never sent as a root" {
  covers = { "HIE-03" },
  needs = { "localCrud", "hierarchy" },
  run = function(t)
    t.no_drain("the child cannot be uploaded")
    local book = lib.book(t)
    local shelves = book.service:object("Shelf", {
      key = { "ShelfId" },
      fields = { { name = "ShelfId", datatype = "number", nullable = false, auto_generated = true } },
    })
    book.items:add_column { name = "ShelfId", datatype = "number", nullable = true }
    book.service:relate {
      name = "ShelfItems", type = "OneToMany", from = shelves, to = book.items,
      source_fields = { "ShelfId" }, target_fields = { "ShelfId" },
    }
    book.service:nest { parent = shelves, child = book.items }
    local order, shelf = book.orders:insert { Title = "order" }, shelves:insert {}
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    app:create("Item", { Title = "item", OrderId = order.OrderId, ShelfId = shelf.ShelfId })
    t.expect(app:sync()):fails_with(2468)
    t.expect(book.service:uploads():count()):equals(0)
    t.expect(app:pending("Item")):count(1)
  end,
}

scenario "more than ten passes are an error, and nothing is lost" {
  covers = { "HIE-03", "UPL-12" },
  needs = { "localCrud", "hierarchy" },
  run = function(t)
    local service = t.server:service("Orders")
    local labels = service:object("Label", {
      key = { "Name" },
      fields = { { name = "Name", datatype = "string", nullable = false }, { name = "Text", datatype = "string" } },
    })
    local notes = service:object("Note", {
      key = { "NoteId" },
      fields = {
        { name = "NoteId", datatype = "number", nullable = false, auto_generated = true },
        { name = "Name", datatype = "string" },
      },
    })
    service:relate { name = "LabelNotes", type = "OneToMany", from = labels, to = notes,
      source_fields = { "Name" }, target_fields = { "Name" } }
    service:nest { parent = labels, child = notes }
    local app = t:app():setup()
    for i = 1, 6 do
      app:create("Label", { Name = "a", Text = "text " .. i })
      if i < 6 then app:delete("Label", { Name = "a" }) end
    end
    t.expect(app:sync()):fails_with(2469)
    t.expect(app:sync(), "UPL-12"):succeeds()
    t.expect(labels:rows(), "UPL-12"):equals { { Name = "a", Text = "text 6" } }
  end,
}
