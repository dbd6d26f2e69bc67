package api

import (
	"context"
	"net/http"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// User is a person's account.
type User struct {
	ID          int64      `json:"id"`
	Name        string     `json:"name"`
	Role        string     `json:"role" enum:"viewer,technician,operator,admin"`
	Disabled    bool       `json:"disabled"`
	CreatedAt   *time.Time `json:"created_at"`
	LastLoginAt *time.Time `json:"last_login_at"`
}

// UserCreate adds an account.
type UserCreate struct {
	Name     string     `json:"name" maxLength:"64"`
	Role     string     `json:"role" enum:"viewer,technician,operator,admin"`
	Password gam.Secret `json:"password" writeOnly:"true" maxLength:"256"`
}

// UserPatch changes an account; absent members stay.
type UserPatch struct {
	Role     *string     `json:"role,omitempty" enum:"viewer,technician,operator,admin"`
	Disabled *bool       `json:"disabled,omitempty"`
	Password *gam.Secret `json:"password,omitempty" writeOnly:"true" maxLength:"256"`
}

type userOutput struct{ Body User }

type usersInput struct {
	ListParams
	Name string `query:"name"`
	Role string `query:"role"`
	Off  string `query:"disabled" doc:"true or false"`
}

func (s *server) userRoutes() {
	const list, one = "/api/v1/users", "/api/v1/users/{id}"
	add(s, route{method: http.MethodGet, path: list, id: "list-users", access: Admin, tag: "users", summary: "List accounts"}, s.listUsers)
	add(s, route{method: http.MethodPost, path: list, id: "create-user", access: Admin, tag: "users", summary: "Add an account", status: http.StatusCreated}, s.createUser)
	add(s, route{method: http.MethodGet, path: one, id: "get-user", access: Admin, tag: "users", summary: "Show an account"}, s.getUser)
	add(s, route{method: http.MethodPatch, path: one, id: "update-user", access: Admin, tag: "users", summary: "Change an account",
		doc: "Accounts are disabled rather than removed: the journal names them."}, s.updateUser)
}

func (s *server) listUsers(ctx context.Context, in *usersInput) (*listOutput[User], error) {
	p, err := s.store.Users(ctx, listQuery(in))
	if err != nil {
		return nil, err
	}
	return page(p, userOf), nil
}

func (s *server) getUser(ctx context.Context, in *idInput) (*userOutput, error) {
	u, err := s.store.User(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &userOutput{userOf(u)}, nil
}

func (s *server) createUser(ctx context.Context, in *struct{ Body UserCreate }) (*userOutput, error) {
	u := store.User{Name: in.Body.Name, Role: store.Role(in.Body.Role), CreatedAt: s.now()}
	var bad gam.Invalid
	bad.Check("name", CheckUserName(u.Name))
	bad.Check("password", CheckPassword(in.Body.Password))
	if err := bad.Err(); err != nil {
		return nil, err
	}
	var err error
	if u.PasswordHash, err = HashPassword(in.Body.Password); err != nil {
		return nil, err
	}
	err = s.audited(ctx, "user.create", func(ctx context.Context, w writer) (string, error) {
		err := w.AddUser(ctx, &u)
		return object("user", u.ID, u.Name), err
	})
	if err != nil {
		return nil, err
	}
	return s.getUser(ctx, &idInput{u.ID})
}

func (s *server) updateUser(ctx context.Context, in *struct {
	ID   int64 `path:"id" minimum:"1"`
	Body UserPatch
}) (*userOutput, error) {
	var hash string
	if in.Body.Password != nil {
		var err error
		if hash, err = hashField("password", *in.Body.Password); err != nil {
			return nil, err
		}
	}
	err := s.store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		u, err := tx.User(ctx, in.ID)
		if err != nil {
			return err
		}
		was := u
		u.Role = store.Role(given(in.Body.Role, string(u.Role)))
		u.Disabled = given(in.Body.Disabled, u.Disabled)
		if hash != "" {
			u.PasswordHash = hash
		}
		if isAdmin(was) && !isAdmin(u) {
			if err := otherAdmin(ctx, tx, u.ID); err != nil {
				return err
			}
		}
		if err := tx.UpdateUser(ctx, &u); err != nil {
			return err
		}
		return tx.AddAudit(ctx, &store.Audit{Actor: actor(ctx), Action: "user.update", Object: object("user", u.ID, u.Name), Detail: "role " + string(u.Role), At: s.now()})
	})
	if err != nil {
		return nil, err
	}
	return s.getUser(ctx, &idInput{in.ID})
}

func isAdmin(u store.User) bool { return u.Role == store.Admin && !u.Disabled }

// otherAdmin refuses to leave OpenGAM without an admin who can sign in.
func otherAdmin(ctx context.Context, tx *store.Tx, except int64) error {
	p, err := tx.Users(ctx, store.ListQuery{Limit: store.MaxLimit, Where: map[string]string{"role": string(store.Admin)}})
	if err != nil {
		return err
	}
	for _, u := range p.Items {
		if u.ID != except && isAdmin(u) {
			return nil
		}
	}
	return problem(http.StatusConflict, "last_admin", "this is the last admin who can sign in; make somebody else admin first")
}

func userOf(u store.User) User {
	return User{ID: u.ID, Name: u.Name, Role: string(u.Role), Disabled: u.Disabled, CreatedAt: timeOrNull(u.CreatedAt), LastLoginAt: timeOrNull(u.LastLoginAt)}
}
