-- What nests in what, and in which order it goes up (HIE-01, HIE-02, UPL-06).
local lib = require "lib.orders"

local NEEDS = { "localCrud", "hierarchy" }

local function create_tree(app)
  local order = app:create("Order", { Title = "order" })
  local item = app:create("Item", { Title = "item", OrderId = order.OrderId })
  local tag = app:create("Tag", { Title = "tag", ItemId = item.ItemId })
  return order, item, tag
end

---The server has the tree, each child in its parent.
local function expect_tree(t, book, app)
  local order, item = t.expect(book.orders:rows()):at(1), t.expect(book.items:rows()):at(1)
  t.expect(book.orders:rows()):equals { { Title = "order" } }
  t.expect(book.items:rows(), "UPL-06"):equals { { Title = "item", OrderId = order.OrderId } }
  t.expect(book.tags:rows(), "UPL-06"):equals { { Title = "tag", ItemId = item.ItemId } }
  t.expect(app:rows("Item"), "UPL-06"):equals { { ItemId = item.ItemId, Title = "item", OrderId = order.OrderId } }
  t.expect(app:rows("Tag"), "UPL-06"):equals { { Title = "tag", ItemId = item.ItemId } }
end

for _, level in ipairs { "application", "service" } do
  scenario("at " .. level .. " level a created parent goes up with its children nested") {
    covers = { "HIE-01", "UPL-06" },
    needs = level == "service" and { "localCrud", "hierarchy", "serviceLevel" } or NEEDS,
    run = function(t)
      local book = lib.book(t)
      local app = t:app():setup()
      create_tree(app)
      t.expect(level == "service" and app:service("Orders"):sync() or app:sync()):succeeds()
      t.expect(lib.shapes(book.service)):equals { "create Order(create Item(create Tag))" }
      t.expect(t.expect(book.service:uploads()):at(1).findings):count(0)
      expect_tree(t, book, app)
    end,
  }
end

scenario "at object level the records of a hierarchical service are flat" {
  covers = { "HIE-01" },
  needs = { "localCrud", "hierarchy", "objectLevel" },
  run = function(t)
    local book = lib.book(t)
    local app = t:app():setup()
    create_tree(app)
    t.expect(app:object("Order"):sync()):succeeds()
    t.expect(app:object("Item"):sync()):succeeds()
    t.expect(app:object("Tag"):sync()):succeeds()
    t.expect(lib.shapes(book.service)):equals { "create Order", "create Item", "create Tag" }
    for _, request in ipairs(book.service:uploads()) do t.expect(request.findings):count(0) end
    expect_tree(t, book, app)
  end,
}

scenario "a service without supported objects is flat" {
  covers = { "HIE-01" },
  needs = NEEDS,
  run = function(t)
    local book = lib.book(t, nil, false)
    local app = t:app():setup()
    create_tree(app)
    t.expect(app:sync()):succeeds()
    t.expect(lib.shapes(book.service)):equals { "create Order create Item create Tag" }
    expect_tree(t, book, app)
  end,
}

scenario "parents without an edit of their own travel with rowId -1" {
  covers = { "HIE-02" },
  needs = NEEDS,
  run = function(t)
    local book = lib.book(t, { conflict = "serverwins" })
    local order = book.orders:insert { Title = "order" }
    local item = book.items:insert { Title = "item", OrderId = order.OrderId }
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    app:create("Tag", { Title = "tag", ItemId = item.ItemId })
    app:create("Item", { Title = "second", OrderId = order.OrderId })

    local result = app:sync()
    t.expect(result):succeeds()
    t.expect(result:sync_errors()):count(0)
    t.expect(lib.shapes(book.service)):equals { "*update Order(*update Item(create Tag) create Item)" }
    t.expect(t.expect(book.service:uploads()):at(1).findings):count(0)
    t.expect(book.orders:rows()):equals { { OrderId = order.OrderId, Title = "order" } }
    t.expect(book.items:rows()):equals { { Title = "item" }, { Title = "second", OrderId = order.OrderId } }
    t.expect(book.tags:rows()):equals { { Title = "tag", ItemId = item.ItemId } }

    app:update("Order", order, { Title = "newer" }) -- what was carried is no conflict later
    t.expect(app:sync()):succeeds()
    t.expect(book.orders:rows()):equals { { Title = "newer" } }
  end,
}

scenario "a parent's own edit takes its children along" {
  covers = { "HIE-02" },
  needs = NEEDS,
  run = function(t)
    local book = lib.book(t)
    local order = book.orders:insert { Title = "order" }
    local item = book.items:insert { Title = "item", OrderId = order.OrderId }
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    app:update("Item", item, { Title = "changed" })
    app:update("Order", order, { Title = "newer" })
    t.expect(app:sync()):succeeds()
    t.expect(lib.shapes(book.service)):equals { "update Order(update Item)" }
    t.expect(book.items:rows()):equals { { Title = "changed" } }
    t.expect(book.orders:rows()):equals { { Title = "newer" } }
  end,
}

scenario "creates and updates go before deletes, parents before children, and deleted children before parents" {
  covers = { "HIE-02" },
  needs = NEEDS,
  run = function(t)
    local book = lib.book(t)
    for i = 1, 2 do book.orders:insert { Title = "old " .. i } end
    book.items:insert { Title = "loose" }
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    local rows = app:rows("Order")
    app:delete("Order", rows[1])
    app:delete("Item", t.expect(app:rows("Item")):at(1))
    app:create("Tag", { Title = "loose" })
    app:create("Order", { Title = "new" })
    app:update("Order", rows[2], { Title = "newer" })
    t.expect(app:sync()):succeeds()
    t.expect(lib.shapes(book.service)):equals {
      "create Order update Order create Tag delete Item delete Order",
    }
    t.expect(book.orders:rows()):equals { { Title = "newer" }, { Title = "new" } }
    t.expect(book.items:rows()):count(0)
  end,
}

scenario "edits of a row with another action follow in passes of the same sync" {
  covers = { "HIE-02", "UPL-12" },
  needs = NEEDS,
  run = function(t)
    local book = lib.book(t)
    local app = t:app():setup()
    local order = app:create("Order", { Title = "order" })
    local item = app:create("Item", { Title = "item", OrderId = order.OrderId })
    app:update("Item", item, { Title = "changed" })
    local gone = app:create("Item", { Title = "gone", OrderId = order.OrderId })
    app:update("Item", gone, { Title = "soon" })
    app:delete("Item", gone)
    t.expect(app:sync()):succeeds()
    t.expect(lib.shapes(book.service)):equals {
      "create Order(create Item create Item)", "*update Order(update Item update Item)", "*update Order(delete Item)",
    }
    t.expect(book.items:rows()):equals { { Title = "changed", OrderId = t.expect(book.orders:rows()):at(1).OrderId } }
    t.expect(app:rows("Item")):equals { { Title = "changed" } }
  end,
}

scenario "a batch ends between two trees, never within one" {
  covers = { "HIE-02" },
  needs = NEEDS,
  run = function(t)
    local book = lib.book(t)
    local app = t:app():setup()
    create_tree(app)
    app:create("Order", { Title = "second" })
    app:create("Order", { Title = "third" })
    t.expect(app:sync { objectServicesOptions = { Orders = { uploadBatchSize = 2 } } }):succeeds()
    t.expect(lib.shapes(book.service)):equals {
      "create Order(create Item(create Tag))", "create Order create Order",
    }
  end,
}

scenario "children nest in namespaces too, and by keys that hold their parent's" {
  covers = { "HIE-01", "UPL-06" },
  needs = NEEDS,
  run = function(t)
    local service = t.server:service("Orders")
    local orders = service:object("shop.Order", {
      key = { "OrderId" },
      fields = {
        { name = "OrderId", datatype = "number", nullable = false, auto_generated = true },
        { name = "Title", datatype = "string", nullable = true },
      },
    })
    local lines = service:object("shop.Line", {
      key = { "OrderId", "Number" },
      fields = {
        { name = "OrderId", datatype = "number", nullable = false },
        { name = "Number", datatype = "number", nullable = false },
        { name = "Title", datatype = "string", nullable = true },
      },
    })
    service:relate { name = "Lines", type = "OneToMany", from = orders, to = lines,
      source_fields = { "OrderId" }, target_fields = { "OrderId" } }
    service:nest { parent = orders, child = lines }
    local app = t:app():setup()
    local order = app:create("shop.Order", { Title = "order" })
    for number = 1, 2 do app:create("shop.Line", { OrderId = order.OrderId, Number = number, Title = "line " .. number }) end

    t.expect(app:sync()):succeeds()
    local upload = t.expect(service:uploads()):at(1)
    t.expect(#upload.body.records):equals(1)
    t.expect(#upload.records):equals(3)
    t.expect(upload.findings):count(0)
    local key = t.expect(orders:rows()):at(1).OrderId
    t.expect(lines:rows(), "UPL-06"):equals { { OrderId = key, Title = "line 1" }, { OrderId = key, Title = "line 2" } }
    t.expect(app:rows("shop.Line"), "UPL-06"):equals { { OrderId = key, Title = "line 1" }, { OrderId = key, Title = "line 2" } }
  end,
}
