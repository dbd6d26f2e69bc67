// The steps of a plan, before and while they are carried out.
import AddCircle from '@mui/icons-material/AddCircleOutlined'
import Check from '@mui/icons-material/CheckCircle'
import Edit from '@mui/icons-material/EditOutlined'
import ErrorIcon from '@mui/icons-material/Error'
import ExpandMore from '@mui/icons-material/ExpandMore'
import Hourglass from '@mui/icons-material/HourglassEmpty'
import RemoveCircle from '@mui/icons-material/RemoveCircleOutlined'
import Alert from '@mui/material/Alert'
import AlertTitle from '@mui/material/AlertTitle'
import Box from '@mui/material/Box'
import Collapse from '@mui/material/Collapse'
import IconButton from '@mui/material/IconButton'
import Stack from '@mui/material/Stack'
import Tooltip from '@mui/material/Tooltip'
import Typography from '@mui/material/Typography'
import { useState, type ReactNode } from 'react'
import type { DevicePlan, Step } from '../api/types'
import { entryDiff } from '../lib/entries'
import { subscriberPath } from '../lib/paths'
import { t } from '../texts'
import { Link } from './Link'

export type StepState = 'waiting' | 'started' | 'applied' | 'verified' | 'failed'

const actionIcon: Record<string, ReactNode> = {
  add: <AddCircle fontSize="small" color="success" />,
  set: <Edit fontSize="small" color="info" />,
  remove: <RemoveCircle fontSize="small" color="error" />,
}

export function Steps({ steps, states, errors }: { steps: Step[]; states?: StepState[]; errors?: string[] }) {
  return (
    <Box component="ol" sx={{ m: 0, p: 0, listStyle: 'none', border: 1, borderColor: 'divider', borderRadius: 1 }}>
      {steps.map((s, i) => (
        <StepLine key={i} n={i + 1} step={s} state={states?.[i]} error={errors?.[i]} />
      ))}
    </Box>
  )
}

function StepLine({ n, step, state, error }: { n: number; step: Step; state?: StepState; error?: string }) {
  const [open, setOpen] = useState(false)
  const diff = entryDiff(step.before, step.after)
  return (
    <Box component="li" sx={{ '&:not(:first-of-type)': { borderTop: 1, borderColor: 'divider' }, px: 1.5, py: 0.75 }}>
      <Stack direction="row" spacing={1} sx={{ alignItems: 'center' }}>
        <Typography className="num" variant="body2" color="textSecondary" sx={{ minWidth: 22, textAlign: 'right' }}>
          {n}
        </Typography>
        <Tooltip title={t.step.action[step.action]}>
          <Box component="span" role="img" aria-label={t.step.action[step.action]} sx={{ display: 'flex' }}>
            {actionIcon[step.action]}
          </Box>
        </Tooltip>
        <Box sx={{ flex: 1, minWidth: 0 }}>
          <Typography component="div">
            {t.step.action[step.action]} {t.step.kind[step.kind]} <strong>{step.name}</strong>
          </Typography>
          {step.reason && (
            <Typography variant="body2" color="textSecondary">
              {step.reason}
            </Typography>
          )}
          {error && (
            <Typography variant="body2" color="error">
              {error}
            </Typography>
          )}
        </Box>
        {state && <StepStateIcon state={state} />}
        {diff.length > 0 && (
          <IconButton size="small" aria-label={t.step.details(step.name)} aria-expanded={open} onClick={() => setOpen(!open)}>
            <ExpandMore sx={{ transform: open ? 'rotate(180deg)' : undefined, transition: '0.15s' }} />
          </IconButton>
        )}
      </Stack>
      <Collapse in={open} unmountOnExit>
        <StepDiff step={step} />
      </Collapse>
    </Box>
  )
}

/** Before and after of a step, member by member. */
export function StepDiff({ step }: { step: Pick<Step, 'before' | 'after' | 'action' | 'subscriber_id'> }) {
  return (
    <Box sx={{ pl: { xs: 0, sm: 5 }, py: 1 }}>
      <Diff before={step.before} after={step.after} heads={[step.action !== 'add' && t.step.before, step.action !== 'remove' && t.step.after]} />
      {step.subscriber_id && (
        <Link to={subscriberPath(step.subscriber_id)} variant="body2">
          {t.step.forSubscriber}
        </Link>
      )}
    </Box>
  )
}

function Diff({ before, after, heads: [left, right] }: { before?: Step['before']; after?: Step['after']; heads: [string | false, string | false] }) {
  return (
    <Box sx={{ overflowX: 'auto' }}>
      <Box component="table" sx={{ borderCollapse: 'collapse', fontSize: '0.85rem', overflowWrap: 'normal', '& td, & th': { textAlign: 'left', pr: 2, py: 0.25, verticalAlign: 'top' } }}>
        <thead>
          <tr>
            <th scope="col">{t.step.member}</th>
            {left && <th scope="col">{left}</th>}
            {right && <th scope="col">{right}</th>}
          </tr>
        </thead>
        <tbody>
          {entryDiff(before, after).map((d) => (
            <tr key={d.name}>
              <td>
                <code>{d.name}</code>
              </td>
              {left && <td>{d.before ? <del>{d.before}</del> : t.none}</td>}
              {right && <td>{d.after || t.none}</td>}
            </tr>
          ))}
        </tbody>
      </Box>
    </Box>
  )
}

function StepStateIcon({ state }: { state: StepState }) {
  const icon = {
    waiting: <Hourglass fontSize="small" color="disabled" />,
    started: <Hourglass fontSize="small" color="info" />,
    applied: <Check fontSize="small" color="info" />,
    verified: <Check fontSize="small" color="success" />,
    failed: <ErrorIcon fontSize="small" color="error" />,
  }[state]
  return (
    <Stack direction="row" spacing={0.5} sx={{ alignItems: 'center' }}>
      {icon}
      <Typography variant="caption">{t.step.state[state]}</Typography>
    </Stack>
  )
}

/** Everything a plan says: who would notice, problems, drift, steps. */
export function PlanView({ plan }: { plan: DevicePlan }) {
  return (
    <Stack spacing={2}>
      {plan.problems.map((p, i) => (
        <Alert key={i} severity="error">
          <AlertTitle>{p.message}</AlertTitle>
          {p.remedy}{' '}
          {p.subscriber_id && <Link to={subscriberPath(p.subscriber_id)}>{t.step.forSubscriber}</Link>}
        </Alert>
      ))}
      {plan.drift.length > 0 && (
        <Alert severity="warning">
          <AlertTitle>{t.plan.driftTitle}</AlertTitle>
          <Box component="ul" sx={{ m: 0, pl: 2.5 }}>
            {plan.drift.map((d) => (
              <li key={d.kind + d.key}>
                {t.step.kind[d.kind]} <strong>{d.key}</strong>: {d.found ? d.what : t.plan.gone} ({d.repaired ? t.plan.repaired : t.plan.reported})
                {d.found && <Diff before={d.written} after={d.found} heads={[t.plan.written, t.plan.found]} />}
              </li>
            ))}
          </Box>
        </Alert>
      )}
      {plan.steps.length === 0 ? (
        <NoSteps plan={plan} />
      ) : (
        <>
          <Typography>
            {t.plan.steps(plan.steps.length)} <strong>{t.plan.affected(plan.customers_affected)}</strong>
          </Typography>
          <Steps steps={plan.steps} />
        </>
      )}
      {plan.unmanaged_count > 0 && (
        <Typography variant="body2" color="textSecondary">
          {t.plan.unmanaged(plan.unmanaged_count)}
        </Typography>
      )}
    </Stack>
  )
}

/** Why there is nothing to do: all is well, or it cannot be helped this way. */
function NoSteps({ plan }: { plan: DevicePlan }) {
  if (plan.problems.length > 0) return <Alert severity="info">{t.plan.problemsFirst}</Alert>
  if (plan.drift.length > 0) return <Alert severity="info">{t.plan.driftOnly}</Alert>
  return <Alert severity="success">{t.plan.nothing}</Alert>
}
