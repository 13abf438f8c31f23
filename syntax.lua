server:service(
