// Serves verdaccio on a free loopback port and says which: `node serve.cjs VERDACCIO CONFIG`.
const [, , verdaccio, config] = process.argv;

require(verdaccio).runServer(config).then((server) => {
  server.listen(0, '127.0.0.1', function () {
    console.log(`listening on ${this.address().port}`);
  });
});
