/** Shell around `nova-manage`, for the Jobs of Nova. What differs from cloud to cloud comes by the environment. */

const prelude = `set -eu
manage() { /var/lib/kolla/venv/bin/nova-manage --config-file /etc/nova/nova.conf "$@"; }
`;

/**
 * The schemas of Nova's three databases. The mapping of cell0 comes before the schema of the cells: without it that of
 * cell0 is passed over, and the command ends well all the same. URLs in mappings are templates, filled from the
 * configuration of whoever reads them: another password needs no change of them.
 */
export function novaSchemaScript(cell0: string): string {
  return `${prelude}
manage api_db sync
manage cell_v2 map_cell0 --database_connection '{scheme}://{username}:{password}@{hostname}:{port}/${cell0}?{query}'
manage db sync
`;
}

/**
 * The cell $CELL, created where it is absent: to create it twice is no error to Nova, and makes two of them. Its UUID is
 * the termination message.
 */
export const cellScript = `${prelude}
cells=$(manage cell_v2 list_cells)
found=$(printf '%s\\n' "$cells" |
  awk -F '|' -v name="$CELL" '{ gsub(/ /, "", $2); gsub(/ /, "", $3) } $2 == name { print $3; exit }')
if [ -z "$found" ]; then
  said=$(manage cell_v2 create_cell --verbose --name "$CELL" \\
    --transport-url '{scheme}://{username}:{password}@{hostname}:{port}/{path}' \\
    --database_connection '{scheme}://{username}:{password}@{hostname}:{port}/{path}?{query}') || { printf '%s\\n' "$said"; exit 1; }
  found=$(printf '%s\\n' "$said" | tail -n 1)
fi
[ -n "$found" ] || { echo "no cell $CELL, although it was created"; exit 1; }
printf %s "$found" >/dev/termination-log
`;

/** Maps the computes $HOSTS to the cell $CELL_UUID: waits until each has reported, and fails where one does not. */
export const discoverScript = `${prelude}
left=90
while :; do
  manage cell_v2 discover_hosts --cell_uuid "$CELL_UUID"
  mapped=$(manage cell_v2 list_hosts --cell_uuid "$CELL_UUID" | awk -F '|' '{ gsub(/ /, "", $4); print $4 }')
  missing=
  for host in $HOSTS; do
    printf '%s\\n' "$mapped" | grep -qxF "$host" || missing="$missing $host"
  done
  [ -n "$missing" ] || exit 0
  left=$((left - 1))
  [ "$left" -gt 0 ] || { echo "these computes never reported:$missing"; exit 1; }
  sleep 1
done
`;
