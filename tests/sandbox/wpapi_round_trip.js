// A round trip with `wpapi`, the WordPress REST client that others wrote. Arguments: address, user:password.
const WPAPI = require('wpapi');

const [, , endpoint, token] = process.argv;
const colon = token.indexOf(':');

async function roundTrip() {
  const site = new WPAPI({
    endpoint, username: token.slice(0, colon), password: token.slice(colon + 1), auth: true,
  });
  const told = {};
  const made = await site.users().create({
    username: 'jane', email: 'jane@example.com', password: 'S3cret-enough!', meta: { crm_tags: ['gold'], crm_score: 4.5 },
  });
  told.made = [made.meta.crm_tags, made.meta.crm_score];
  const changed = await site.users().id(made.id).update({ first_name: 'Jané', meta: { crm_active: true } });
  told.changed = [changed.first_name, changed.meta.crm_active];
  const page = await site.users().context('edit').param('orderby', 'id').param('order', 'desc').perPage(1);
  told.page = [page[0].username, Number(page._paging.totalPages) > 1];
  told.following = (await page._paging.next).length;
  site.changes = site.registerRoute('crosswalk/v1', '/changes', { params: ['since', 'limit'] });
  const { changes } = await site.changes().since(0).limit(1000);
  told.noticed = changes.some((change) => change.id === made.id && !change.deleted);
  site.tagged = site.registerRoute('crosswalk/v1', '/members/(?P<id>\\d+)/tags');
  await site.tagged().id(made.id).tags().create({ tags: [3, 1] });
  site.members = site.registerRoute('crosswalk/v1', '/members/tags', { params: ['ids'] });
  const { members } = await site.members().tags().ids([made.id, 999999]);
  told.tags = members.map((member) => member.tags);
  told.deleted = (await site.users().id(made.id).delete({ force: true, reassign: 1 })).deleted;
  told.gone = await site.users().id(made.id).get().catch((error) => error.code);
  return told;
}

roundTrip().then((told) => console.log(JSON.stringify(told)), (error) => {
  console.error(error);
  process.exitCode = 1;
});
