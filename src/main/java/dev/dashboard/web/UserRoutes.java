package dev.dashboard.web;

import dev.dashboard.auth.Invitations;
import dev.dashboard.auth.People;
import dev.dashboard.auth.Person;
import dev.dashboard.auth.Role;
import dev.dashboard.auth.Rule;
import dev.dashboard.auth.SignIns;
import dev.dashboard.event.UserId;
import dev.dashboard.problem.Problem;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The accounts of people, for administrators. */
public final class UserRoutes {
    static final Set<String> ROLES = Set.of("admin", "operator", "viewer");

    private static final int BODY = 4 * 1024;
    private static final int MOST_TYPED_NAME = 200;
    private static final String USERS = "/api/v1/users";
    private static final String USER = USERS + "/{id}";

    private final People people;
    private final SignIns signIns;

    public UserRoutes(People people, SignIns signIns) {
        this.people = people;
        this.signIns = signIns;
    }

    public List<Route> routes() {
        return List.of(
                Route.get(USERS, Rule.ADMIN, this::list),
                Route.post(USERS, Rule.ADMIN, BODY, this::create),
                Route.get(USER, Rule.ADMIN, call -> call.ok(json(people.get(user(call))))),
                Route.patch(USER, Rule.ADMIN, BODY, this::change),
                Route.post(USER + "/invitations", Rule.ADMIN, BODY, this::invite),
                Route.delete(USER + "/sign-ins", Rule.ADMIN, this::signOut));
    }

    private static UserId user(Call call) {
        return UserId.parse(call.path("id"));
    }

    private void list(Call call) {
        People.Page page = people.all();
        JsonArrayBuilder list = Json.createArrayBuilder();
        page.people().forEach(person -> list.add(json(person)));
        call.ok(Json.createObjectBuilder()
                .add("users", list)
                .add("seq", page.seq())
                .build());
    }

    private void create(Call call) {
        Body body = call.body("name", "role");
        // How long a name may be, and of what letters, is one rule, and not the body's.
        String name = body.text("name", 0, MOST_TYPED_NAME);
        Role role = Role.named(body.word("role", ROLES));
        People.Invited invited = people.invite(call.viewer(), name, role);
        call.created(
                USERS + "/" + invited.person().user().id(),
                Json.createObjectBuilder()
                        .add("user", json(invited.person()))
                        .add("invitation", json(invited.invitation()))
                        .build());
    }

    private void change(Call call) {
        Body body = call.body("role", "disabled");
        Optional<Role> role = body.optWord("role", ROLES).map(Role::named);
        Optional<Boolean> disabled = body.optFlag("disabled");
        if (role.isPresent() == disabled.isPresent()) {
            throw Problem.invalid("change-unclear", "The body must hold either role or disabled.");
        }
        UserId id = user(call);
        Person person = role.map(wanted -> people.changeRole(call.viewer(), id, wanted))
                .orElseGet(() ->
                        disabled.orElseThrow() ? people.disable(call.viewer(), id) : people.enable(call.viewer(), id));
        call.ok(json(person));
    }

    private void invite(Call call) {
        UserId id = user(call);
        call.created(USERS + "/" + id, json(people.inviteAnew(call.viewer(), id)));
    }

    private void signOut(Call call) {
        signIns.signOutEverywhere(call.viewer(), user(call));
        call.noContent();
    }

    private static JsonObject json(Person person) {
        var json = Json.createObjectBuilder()
                .add("id", person.user().id().toString())
                .add("name", person.user().name())
                .add("role", person.user().role().text())
                .add("state", person.state().name().toLowerCase(Locale.ROOT))
                .add("createdAt", Times.iso(person.created()));
        person.lastSignIn().ifPresent(when -> json.add("lastSignInAt", Times.iso(when)));
        person.invitation().ifPresent(until -> json.add("invitationExpiresAt", Times.iso(until)));
        return json.build();
    }

    /** The token stands behind the number sign, which browsers send to nobody; so it is in no log on the way. */
    private static JsonObject json(Invitations.Issued invitation) {
        String name =
                URLEncoder.encode(invitation.name(), StandardCharsets.UTF_8).replace("+", "%20");
        return Json.createObjectBuilder()
                .add("token", invitation.token())
                .add("path", "/invitation#" + invitation.token() + "." + name)
                .add("expiresAt", Times.iso(invitation.expires()))
                .build();
    }
}
