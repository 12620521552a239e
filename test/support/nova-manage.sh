# nova-manage as far as scripts of Jobs use it, on the files of $STATE: what it passes over in silence, this does, too.
#   tables/<database>   a database that has its tables     cells    name|uuid|transport_url|database_connection
#   reported            computes that Nova knows of        mapped   those that the cell knows
[ "$1 $2" = '--config-file /etc/nova/nova.conf' ] || { echo "which configuration: $*"; exit 1; }
shift 2
touch "$STATE/cells" "$STATE/mapped"
rule=+-------+--------------------------------------+

option() { # name words...
  wanted=$1; shift
  while [ $# -gt 1 ]; do [ "$1" != "$wanted" ] || { echo "$2"; return; }; shift; done
}

case "$1 $2" in
  'api_db sync') mkdir -p "$STATE/tables"; touch "$STATE/tables/nova_api";;
  'db sync')
    # Without a mapping it warns, and ends well.
    cell0=$(grep '^cell0|' "$STATE/cells" | sed 's|.*/\(.*\)?.*|\1|') || echo 'WARNING: cell0 mapping not found - not syncing cell0.'
    for database in $cell0 nova; do mkdir -p "$STATE/tables"; touch "$STATE/tables/$database"; done;;
  'cell_v2 map_cell0')
    [ -f "$STATE/tables/nova_api" ] || { echo "Table 'nova_api.cell_mappings' doesn't exist"; exit 1; }
    if grep -q '^cell0|' "$STATE/cells"; then echo 'Cell0 is already setup'; exit 0; fi
    echo "cell0|00000000-0000-0000-0000-000000000000|none:///|$(option --database_connection "$@")" >>"$STATE/cells";;
  'cell_v2 list_cells')
    echo "$rule"; echo '|  Name | UUID | Transport URL | Database Connection |'; echo "$rule"
    awk -F '|' '{ printf "| %s | %s | %s | %s |\n", $1, $2, $3, $4 }' "$STATE/cells"
    echo "$rule";;
  'cell_v2 create_cell')
    # A name may be taken; what is refused is the way to a cell that has it already.
    where="$(option --transport-url "$@")|$(option --database_connection "$@")"
    if grep -qF "$where" "$STATE/cells"; then
      echo 'The specified transport_url and/or database_connection combination already exists for cell cell1.'; exit 2
    fi
    uuid=$(printf '11111111-2222-3333-4444-%012d' "$(wc -l <"$STATE/cells")")
    echo "$(option --name "$@")|$uuid|$where" >>"$STATE/cells"
    echo "$uuid";;
  'cell_v2 discover_hosts')
    grep -qF "|$(option --cell_uuid "$@")|" "$STATE/cells" || { echo 'Cell not found.'; exit 1; }
    cp "$STATE/reported" "$STATE/mapped";;
  'cell_v2 list_hosts')
    uuid=$(option --cell_uuid "$@")
    echo "$rule"; echo '| Cell Name | Cell UUID | Hostname |'; echo "$rule"
    awk -v uuid="$uuid" '{ printf "| cell1 | %s | %s |\n", uuid, $1 }' "$STATE/mapped"
    echo "$rule";;
  *) echo "unknown: $*"; exit 1;;
esac
