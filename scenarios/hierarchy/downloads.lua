-- Related records that come down nested go to their own objects (DNL-13).
local lib = require "lib.orders"

local function insert_tree(book, title)
  local order = book.orders:insert { Title = title }
  local item = book.items:insert { Title = title .. " item", OrderId = order.OrderId }
  book.tags:insert { Title = title .. " tag", ItemId = item.ItemId }
  return order, item
end

---From now on what nests comes in its parents alone.
local function nested_only(book)
  book.service:on_download():edit(function(answer)
    for i = #answer.Objects, 1, -1 do
      if answer.Objects[i].name ~= "Order" then table.remove(answer.Objects, i) end
    end
  end)
end

scenario "nested records are stored in their own objects, to any depth" {
  covers = { "DNL-13" },
  needs = { "hierarchy" },
  run = function(t)
    local book = lib.book(t)
    book.orders:expand("Item/Tag")
    local order, item = insert_tree(book, "one")
    insert_tree(book, "two")
    nested_only(book)
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    t.expect(app:rows("Order")):equals { { Title = "one" }, { Title = "two" } }
    t.expect(app:rows("Item")):equals { { Title = "one item", OrderId = order.OrderId }, { Title = "two item" } }
    t.expect(app:rows("Tag")):equals { { Title = "one tag", ItemId = item.ItemId }, { Title = "two tag" } }
  end,
}

scenario "a nested record that changed or was deleted does so in its own object" {
  covers = { "DNL-13", "DNL-04" },
  needs = { "hierarchy" },
  run = function(t)
    local book = lib.book(t)
    book.orders:expand("Item/Tag")
    local order, item = insert_tree(book, "one")
    nested_only(book)
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    book.tags:delete(t.expect(book.tags:rows()):at(1).TagId)
    book.items:update(item.ItemId, { Title = "changed" })
    book.items:insert { Title = "second", OrderId = order.OrderId }
    t.expect(app:sync()):succeeds()
    t.expect(app:rows("Item")):equals { { Title = "changed" }, { Title = "second" } }
    t.expect(app:rows("Tag"), "DNL-04"):count(0)
  end,
}

scenario "a nested record does not overwrite a pending edit" {
  covers = { "DNL-13", "DNL-08" },
  needs = { "hierarchy", "localCrud" },
  run = function(t)
    local book = lib.book(t)
    book.orders:expand("Item")
    local _, item = insert_tree(book, "one")
    nested_only(book)
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    app:update("Item", item, { Title = "mine" })
    book.items:update(item.ItemId, { Title = "theirs" })
    t.expect(app:sync { objectServicesOptions = { Orders = { syncType = "downloadOnly" } } }):succeeds()
    t.expect(app:rows("Item"), "DNL-08"):equals { { Title = "mine" } }
    t.expect(app:pending("Item"), "DNL-08"):count(1)
  end,
}

