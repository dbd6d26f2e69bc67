// Shows /openapi.json to whoever is signed in, and sends the session's CSRF
// token with what is tried out.
(async () => {
  const session = await fetch("/api/v1/session");
  if (!session.ok) return; // the page says to sign in
  const { csrf_token: csrf } = await session.json();
  window.SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    docExpansion: "list",
    requestInterceptor: (request) => {
      if (csrf && request.method !== "GET") request.headers["X-CSRF-Token"] = csrf;
      return request;
    },
  });
})();
