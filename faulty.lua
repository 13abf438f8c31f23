server:service('Org')
server:nothing()
