import Box from '@mui/material/Box'
import useMediaQuery from '@mui/material/useMediaQuery'
import { DataGrid, type GridColDef, type GridSortModel } from '@mui/x-data-grid'
import { useMemo } from 'react'
import type { DataListProps } from './DataList'
import { t } from '../texts'

const cut = { minWidth: 0, maxWidth: '100%', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' } as const

/** The grid of DataList; default export, because it is loaded on demand. */
export default function Grid({ label, list, query, columns, rowID, onOpen }: DataListProps<unknown>) {
  const wide = useMediaQuery('(min-width: 1400px)')
  const defs = useMemo<GridColDef[]>(
    () =>
      columns.filter((c) => wide || !c.wide).map((c) => ({
        field: c.field,
        headerName: c.head,
        width: c.width,
        minWidth: c.width ?? c.minWidth ?? 140,
        flex: c.flex ?? (c.width ? undefined : 1),
        sortable: c.sortable ?? false,
        align: c.align,
        headerAlign: c.align,
        renderCell: (p) => <Box sx={cut}>{c.render(p.row)}</Box>,
      })),
    [columns, wide],
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
        rowHeight={40}
        columnHeaderHeight={40}
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
          border: 1,
          borderColor: 'divider',
          borderRadius: 1,
          '--DataGrid-rowBorderColor': 'var(--mui-palette-divider)',
          '& .MuiDataGrid-columnHeaders, & .MuiDataGrid-columnHeader': { bgcolor: 'background.default' },
          '& .MuiDataGrid-row': { cursor: onOpen ? 'pointer' : undefined },
          '& .MuiDataGrid-cell': { display: 'flex', alignItems: 'center' },
          '& .MuiDataGrid-columnHeaderTitle': { fontWeight: 600 },
        }}
      />
    </Box>
  )
}
