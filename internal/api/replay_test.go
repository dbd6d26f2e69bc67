package api

import (
	"encoding/json"
	"testing"

	"github.com/opengam/opengam/internal/store"
)

// The process dies after an order stands and before it is answered: the same
// request again gets what was made, not a second one and not a refusal.
func TestReceiptAnswersForALostAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.admin().with("Idempotency-Key", "order-1")
	body := obj{"name": "Gold", "downstream_mbps": 100}
	first := a.do("POST", "/api/v1/plans", body).want(201)
	var made Plan
	first.into(&made)

	// What the order itself wrote in its transaction is put back.
	audits, err := b.st.Audits(t.Context(), store.ListQuery{Where: map[string]string{"action": "plan.create"}})
	if err != nil || len(audits.Items) != 1 {
		t.Fatalf("audits: %v, %v", audits, err)
	}
	who := audits.Items[0].Actor
	_, stored, found, err := b.st.Idempotent(t.Context(), "order-1", who)
	if err != nil || !found {
		t.Fatalf("no answer is kept: %v", err)
	}
	var k kept
	if err := json.Unmarshal(stored, &k); err != nil {
		t.Fatal(err)
	}
	receipt, err := json.Marshal(kept{Fingerprint: k.Fingerprint, Made: "/api/v1/plans/" + id(made.ID)})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.st.AnswerIdempotent(t.Context(), "order-1", who, 201, receipt); err != nil {
		t.Fatal(err)
	}

	again := a.do("POST", "/api/v1/plans", body).want(201)
	if string(again.body) != string(first.body) || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("the receipt answers\n%s%v\nwant\n%s", again.body, again.header, first.body)
	}
	a.do("POST", "/api/v1/plans", obj{"name": "Silver"}).refused(422, "idempotency_key_reused")
}
