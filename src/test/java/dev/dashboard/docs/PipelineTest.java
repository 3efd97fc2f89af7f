package dev.dashboard.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The pipeline as it is written, held against what it promises: its order, its rights, and the things that it names. */
class PipelineTest {
    private static final List<String> ORDER =
            List.of("lint", "test", "security", "build", "deploy-staging", "smoke", "deploy-production");

    private static final Pattern ACTION = Pattern.compile("[\\w.-]+/[\\w./-]+@[0-9a-f]{40} # v\\d+\\.\\d+\\.\\d+");
    private static final Pattern SCRIPT = Pattern.compile("(?<![\\w./-])(?:scripts/[\\w-]+\\.sh|\\.ci/\\w+)");
    private static final Pattern SECRET = Pattern.compile("\\$\\{\\{[^}]*\\bsecrets\\b|\\bsecrets=inherit\\b");
    private static final Pattern FROM = Pattern.compile("(?m)^FROM ([^@ \n]+)(?:@sha256:[0-9a-f]{64})? AS ([a-z_]+)$");
    private static final Pattern ARG = Pattern.compile("(?m)^ARG ([A-Z_]+_IMAGE)=(\\S+)$");

    private static final Map<String, String> TEXTS = new TreeMap<>();
    private static final Map<String, Job> JOBS = new TreeMap<>();

    /** One job; {@code workflow} is the file's name, {@code needs} are the direct ones. */
    private record Job(String workflow, String id, Map<String, Object> settings, List<String> needs) {
        String condition() {
            return settings.getOrDefault("if", "").toString();
        }

        List<Map<String, Object>> steps() {
            return list(settings.get("steps")).stream().map(PipelineTest::map).toList();
        }

        /** What its steps run, joined; where each stands tells their order. */
        String runs() {
            return steps().stream()
                    .map(step -> step.getOrDefault("run", "").toString())
                    .collect(Collectors.joining("\n"));
        }

        /** Also when it is a pull request of a stranger; a job is left out when one that it needs is. */
        boolean runsForPullRequests() {
            return !condition().contains("!= 'pull_request'")
                    && needs.stream().map(JOBS::get).allMatch(Job::runsForPullRequests);
        }

        boolean seesSecrets() {
            return SECRET.matcher(settings.toString()).find();
        }

        boolean follows(String other) {
            return needs.contains(other) || needs.stream().map(JOBS::get).anyMatch(needed -> needed.follows(other));
        }

        /** The names of its checks, one for each value of its matrix. */
        Stream<String> checks() {
            Map<String, Object> matrix = map(map(settings.get("strategy")).get("matrix"));
            if (matrix.isEmpty()) {
                return Stream.of(id);
            }
            assertEquals(1, matrix.size(), id);
            return list(matrix.values().iterator().next()).stream().map(value -> id + " (" + value + ")");
        }
    }

    @BeforeAll
    static void read() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(".github/workflows"))) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                TEXTS.put(name, Files.readString(file));
                map(yaml(file).get("jobs"))
                        .forEach((id, job) -> assertEquals(
                                null,
                                JOBS.put(id, new Job(name, id, map(job), strings(map(job).get("needs")))),
                                "two jobs are called " + id));
            }
        }
        assertTrue(JOBS.keySet().containsAll(ORDER), JOBS::toString);
    }

    @Test
    void jobsFollowEachOtherUpToProduction() {
        for (int later = 1; later < ORDER.size(); later++) {
            for (String earlier : ORDER.subList(0, later)) {
                assertTrue(JOBS.get(ORDER.get(later)).follows(earlier), ORDER.get(later) + " must follow " + earlier);
            }
        }
        assertTrue(JOBS.get("deploy-production").needs().contains("smoke"));
        assertTrue(JOBS.get("smoke").needs().contains("deploy-staging"));
        JOBS.values().forEach(job -> assertFalse(job.condition().contains("always()"), job.id()));
    }

    @Test
    void everyActionIsNamedByItsCommitAndOneVersionIsUsedThroughout() {
        Map<String, Set<String>> versions = new TreeMap<>();
        TEXTS.values().stream()
                .flatMap(String::lines)
                .filter(line -> line.matches("\\s*(- )?uses:.*"))
                .forEach(line -> {
                    String action = line.replaceFirst("\\s*(- )?uses:\\s*", "");
                    assertTrue(ACTION.matcher(action).matches(), action);
                    // Parts of one repository, as init and analyze, belong together.
                    String repository = action.replaceFirst("^([^/]+/[^/@]+)[^@]*@.*", "$1");
                    versions.computeIfAbsent(repository, _ -> new TreeSet<>()).add(action.replaceFirst(".*@", ""));
                });
        assertTrue(versions.size() > 10, versions::toString);
        versions.forEach((action, used) -> assertEquals(1, used.size(), action + ": " + used));
    }

    @Test
    void nothingIsGrantedButToAJobThatSaysWhatFor() throws IOException {
        for (String name : TEXTS.keySet()) {
            assertEquals(Map.of(), yaml(Path.of(".github/workflows", name)).get("permissions"), name);
        }
        for (Job job : JOBS.values()) {
            Map<String, Object> granted = map(job.settings().get("permissions"));
            assertFalse(granted.isEmpty(), job.id() + " names no permissions");
            granted.forEach((scope, access) -> assertTrue(
                    section(job).contains("      " + scope + ": " + access + " # "), job.id() + ": " + scope));
        }
    }

    /** The lines of a job, comments included. */
    private static String section(Job job) {
        String text = TEXTS.get(job.workflow());
        int start = text.indexOf("\n  " + job.id() + ":\n");
        return text.substring(start).split("\n(?=  [a-z-]+:\n)", 3)[1];
    }

    @Test
    void everyJobEndsAndKnowsItsMachine() {
        for (Job job : JOBS.values()) {
            assertEquals("ubuntu-24.04", job.settings().get("runs-on"), job.id());
            assertTrue(job.settings().get("timeout-minutes") instanceof Integer minutes && minutes <= 60, job.id());
        }
    }

    @Test
    void noCheckoutLeavesItsCredentialBehind() {
        for (Job job : JOBS.values()) {
            List<Map<String, Object>> checkouts = job.steps().stream()
                    .filter(step -> step.getOrDefault("uses", "").toString().startsWith("actions/checkout@"))
                    .toList();
            assertEquals(1, checkouts.size(), job.id());
            assertEquals(false, map(checkouts.getFirst().get("with")).get("persist-credentials"), job.id());
        }
    }

    @Test
    void aPullRequestSeesNoSecretAndChangesNothing() throws IOException {
        for (String name : TEXTS.keySet()) {
            Set<String> events = map(triggers(name)).keySet();
            assertTrue(
                    Set.of("push", "pull_request", "schedule", "workflow_dispatch")
                            .containsAll(events),
                    name + ": " + events);
        }
        for (Job job : JOBS.values()) {
            if (!job.runsForPullRequests()) {
                continue;
            }
            assertFalse(job.seesSecrets(), job.id() + " sees a secret");
            assertFalse(job.settings().containsKey("environment"), job.id() + " has an environment");
            map(job.settings().get("permissions"))
                    .forEach((scope, access) -> assertTrue(
                            access.equals("read")
                                    // What CodeQL finds can be shown in no other way.
                                    || job.id().equals("analyze") && scope.equals("security-events"),
                            job.id() + " may write " + scope));
        }
        assertEquals(
                Set.of("analyze", "dependency-review", "image", "lint", "security", "test"),
                JOBS.values().stream()
                        .filter(Job::runsForPullRequests)
                        .map(Job::id)
                        .collect(Collectors.toSet()));
        assertTrue(JOBS.get("build").condition().contains("github.ref == 'refs/heads/main'"));
    }

    /** "on" is a key that YAML 1.1 reads as true. */
    private static Object triggers(String workflow) throws IOException {
        return new HashMap<Object, Object>(load(Path.of(".github/workflows", workflow))).get(true);
    }

    @Test
    void secretsAreKnownToDeploysAlone() {
        Set<String> jobs = new TreeSet<>();
        for (Job job : JOBS.values()) {
            if (job.seesSecrets()) {
                jobs.add(job.id());
            }
        }
        assertEquals(Set.of("deploy-production", "deploy-staging"), jobs);
    }

    @Test
    void aDeployIsNeverCutAndThereIsOneAtATime() {
        for (String environment : List.of("staging", "production")) {
            Job job = JOBS.get("deploy-" + environment);
            assertEquals(environment, map(job.settings().get("environment")).get("name"));
            assertEquals(
                    Map.of("group", "deploy-" + environment, "cancel-in-progress", false),
                    job.settings().get("concurrency"));
        }
        // Else a newer run of main would end one that deploys, or wait for one that waits for its approval.
        assertTrue(TEXTS.get("ci-cd.yml").contains("|| github.run_id }}"));
    }

    @Test
    void whatIsDeployedIsWhatWasBuiltAndItIsVerifiedBefore() {
        for (String environment : List.of("staging", "production")) {
            Job job = JOBS.get("deploy-" + environment);
            int verified = job.runs()
                    .indexOf("scripts/verify-image.sh \"$GITHUB_REPOSITORY\""
                            + " \"$SERVER_IMAGE\" \"$RUNNER_IMAGE\" \"$BACKUP_IMAGE\"");
            int deployed = job.runs()
                    .indexOf(" " + environment
                            + " \"$SERVER_IMAGE\" --runner \"$RUNNER_IMAGE\" --backup \"$BACKUP_IMAGE\"");
            assertTrue(0 <= verified && verified < deployed, job::runs);
            for (Map<String, Object> step : job.steps()) {
                Map<String, Object> env = map(step.get("env"));
                if (env.containsKey("SERVER_IMAGE")) {
                    assertEquals("${{ needs.build.outputs.dashboard }}", env.get("SERVER_IMAGE"));
                    assertEquals("${{ needs.build.outputs.runner }}", env.get("RUNNER_IMAGE"));
                    assertEquals("${{ needs.build.outputs.backup }}", env.get("BACKUP_IMAGE"));
                }
            }
        }
    }

    @Test
    void imagesArePushedByDigestAndTheRunnersOnlyWhereStrangersCannotRead() {
        Job build = JOBS.get("build");
        List<String> pushed = new ArrayList<>();
        boolean asked = false;
        for (Map<String, Object> step : build.steps()) {
            asked |= step.getOrDefault("run", "").toString().contains("scripts/require-private-registry.sh");
            Map<String, Object> with = map(step.get("with"));
            if (step.getOrDefault("uses", "").toString().startsWith("docker/build-push-action@")) {
                assertTrue(asked, "pushed before the registry was asked");
                assertTrue(
                        with.get("outputs").toString().endsWith(",push-by-digest=true,name-canonical=true,push=true"));
                assertFalse(with.containsKey("tags"));
                assertEquals("${{ steps.names.outputs.images }}", with.get("build-args"));
                pushed.add(with.get("target").toString());
            }
        }
        assertEquals(List.of("dashboard", "runner", "backup"), pushed);
        // Asked before, and asked again for the image itself.
        assertEquals(
                2,
                build.steps().stream()
                        .filter(step ->
                                step.getOrDefault("run", "").toString().contains("scripts/require-private-registry.sh"))
                        .count());
        // Scanned, listed, attested twice, signed: each of them.
        Map<String, Integer> expected =
                Map.of("aquasecurity/trivy-action", 3, "anchore/sbom-action", 3, "actions/attest", 6);
        expected.forEach((action, times) -> assertEquals(
                (long) times,
                build.steps().stream()
                        .filter(step -> step.getOrDefault("uses", "").toString().startsWith(action + "@"))
                        .count(),
                action));
        assertTrue(build.runs().contains("cosign sign --yes \"$SERVER_IMAGE\" \"$RUNNER_IMAGE\" \"$BACKUP_IMAGE\""));
    }

    @Test
    void everyScriptThatIsCalledIsThere() {
        Set<String> called = new TreeSet<>();
        for (Job job : JOBS.values()) {
            SCRIPT.matcher(job.runs()).results().map(MatchResult::group).forEach(called::add);
        }
        assertTrue(
                called.containsAll(Set.of(".ci/run", "scripts/lint.sh", "scripts/smoke-tests.sh")), called::toString);
        assertEquals(
                List.of(),
                called.stream()
                        .filter(script -> !Files.isExecutable(Path.of(script)))
                        .toList());
    }

    @Test
    void mainIsProtectedByEveryCheckOfAPullRequest() throws IOException {
        Map<String, Map<String, Object>> rules = new TreeMap<>();
        for (Object rule : list(yaml(Path.of(".github/rulesets/main.json")).get("rules"))) {
            rules.put(map(rule).get("type").toString(), map(map(rule).get("parameters")));
        }
        assertEquals(
                Set.of(
                        "deletion",
                        "non_fast_forward",
                        "pull_request",
                        "required_linear_history",
                        "required_status_checks"),
                rules.keySet());
        Map<String, Object> review = rules.get("pull_request");
        assertTrue((int) review.get("required_approving_review_count") >= 1);
        for (String setting :
                List.of("require_code_owner_review", "dismiss_stale_reviews_on_push", "require_last_push_approval")) {
            assertEquals(true, review.get(setting), setting);
        }
        Set<String> required = list(rules.get("required_status_checks").get("required_status_checks")).stream()
                .map(check -> map(check).get("context").toString())
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(
                JOBS.values().stream()
                        .filter(Job::runsForPullRequests)
                        .flatMap(Job::checks)
                        .collect(Collectors.toCollection(TreeSet::new)),
                required);
    }

    @Test
    void theBaseImagesAreThoseOfTheDockerfile() throws IOException {
        Map<String, String> pinned = FROM.matcher(Files.readString(Path.of(".github/base-images/Dockerfile")))
                .results()
                .collect(Collectors.toMap(line -> line.group(2).toUpperCase(Locale.ROOT), line -> line.group(1)));
        Map<String, String> asked = ARG.matcher(Files.readString(Path.of("Dockerfile")))
                .results()
                .collect(Collectors.toMap(line -> line.group(1), line -> line.group(2)));
        assertEquals(asked, pinned);
    }

    @Test
    void everythingThatIsPinnedIsKeptUpToDate() throws IOException {
        Map<String, Set<String>> watched = new TreeMap<>();
        for (Object update : list(yaml(Path.of(".github/dependabot.yml")).get("updates"))) {
            Set<String> folders =
                    watched.computeIfAbsent(map(update).get("package-ecosystem").toString(), _ -> new TreeSet<>());
            Stream.concat(
                            strings(map(update).get("directories")).stream(),
                            strings(map(update).get("directory")).stream())
                    .forEach(folders::add);
        }
        assertEquals(
                Map.of(
                        "maven", Set.of("/", "/src/test/s3proxy"),
                        "npm", Set.of("/src/main/web", "/.github/tools"),
                        "github-actions", Set.of("/"),
                        "docker", Set.of("/.github/base-images"),
                        "docker-compose", Set.of("/compose")),
                watched);
        watched.values().stream()
                .flatMap(Set::stream)
                .forEach(folder -> assertTrue(Files.isDirectory(Path.of(folder.substring(1))), folder));
    }

    // ---- reading

    private static Map<String, Object> yaml(Path file) throws IOException {
        return map(load(file));
    }

    private static Map<?, ?> load(Path file) throws IOException {
        // Also reads JSON, which is a part of YAML.
        return new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(file));
    }

    /** Its keys as text; none when there is nothing. */
    private static Map<String, Object> map(Object value) {
        Map<String, Object> map = new TreeMap<>();
        if (value instanceof Map<?, ?> entries) {
            entries.forEach((key, entry) -> map.put(key.toString(), entry));
        }
        return map;
    }

    private static List<?> list(Object value) {
        return value instanceof List<?> list ? list : List.of();
    }

    /** One name, several, or none. */
    private static List<String> strings(Object value) {
        return value instanceof String one
                ? List.of(one)
                : list(value).stream().map(Object::toString).toList();
    }
}
