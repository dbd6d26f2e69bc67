import Box from '@mui/material/Box'
import { DataGrid, type GridColDef, type GridSortModel } from '@mui/x-data-grid'
import { useMemo } from 'react'
import type { DataListProps } from './DataList'
import { t } from '../texts'

/** The grid of DataList; default export, because it is loaded on demand. */
export default function Grid({ label, list, query, columns, rowID, onOpen }: DataListProps<unknown>) {
  const defs = useMemo<GridColDef[]>(
    () =>
      columns.map((c) => ({
        field: c.field,
        headerName: c.head,
        width: c.width,
        minWidth: c.width ?? 140,
        flex: c.flex ?? (c.width ? undefined : 1),
        sortable: c.sortable ?? false,
        align: c.align,
        headerAlign: c.align,
        renderCell: (p) => c.render(p.row),
      })),
    [columns],
  )
  const sortModel: GridSortModel = list.sort ? [{ field: list.sort.replace(/^-/, ''), sort: list.sort.startsWith('-') ? 'desc' : 'asc' }] : []
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', maxHeight: 'max(420px, calc(100dvh - 250px))', minWidth: 0 }}>
      <DataGrid
        label={label}
        aria-label={label}
        rows={(query.data?.items ?? []) as object[]}
        columns={defs}
        getRowId={rowID}
        loading={query.isPending || query.isPlaceholderData}
        density="compact"
        rowHeight={46}
        columnHeaderHeight={42}
        hideFooter
        disableColumnFilter
        disableRowSelectionOnClick
        sortingMode="server"
        sortModel={sortModel}
        onSortModelChange={(m) => list.set({ sort: m[0] ? (m[0].sort === 'desc' ? '-' : '') + m[0].field : null })}
        onRowClick={(p, e) => {
          if (onOpen && !(e.target as HTMLElement).closest('a,button')) onOpen(p.row)
        }}
        localeText={{ noRowsLabel: t.list.none }}
        sx={{
          bgcolor: 'background.paper',
          '& .MuiDataGrid-row': { cursor: onOpen ? 'pointer' : undefined },
          '& .MuiDataGrid-cell': { display: 'flex', alignItems: 'center', gap: 1 },
          '& .MuiDataGrid-columnHeaderTitle': { fontWeight: 600 },
        }}
      />
    </Box>
  )
}
