package store

import (
	"context"

	"github.com/opengam/opengam/internal/gam"
)

// AnswerIdempotent puts the answer in the place of what stands under the key:
// work that made something has left a receipt there in its own transaction,
// see KeepIdempotent. Without one the answer is kept as it is.
func (q *Queries) AnswerIdempotent(ctx context.Context, key, actor string, status int, body []byte) error {
	return q.write(ctx, func(ctx context.Context, q *Queries) error {
		if _, err := q.db.NewDelete().Table("idempotency_keys").
			Where("actor = ?", text(actor)).Where("key = ?", text(key)).Exec(ctx); err != nil {
			return q.failed(err, "replace idempotency key %q", gam.Clip(key, 60))
		}
		return q.KeepIdempotent(ctx, key, actor, status, body)
	})
}
