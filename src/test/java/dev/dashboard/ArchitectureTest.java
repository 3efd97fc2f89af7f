package dev.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.StringEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The picture of the code, and what is absent from it. Reads the compiled classes, so it tells what is, not what was meant.
 *
 * <p>Each list of exceptions is exact: a place that is no longer one must be taken off, or the test fails too.
 */
class ArchitectureTest {
    private static final String ROOT = "dev.dashboard";

    /** A package and whom it knows. */
    private record Floor(String name, Set<String> knows) {}

    /** From the ground up: each may know only what stands above it in this list, so nothing points back and nothing is circular. */
    private static final List<Floor> PICTURE = List.of(
            floor("problem"),
            floor("mask"),
            floor("run"),
            floor("observe", "run"),
            floor("config"),
            floor("store", "problem", "run"),
            floor("custody", "problem", "run"),
            floor("runner", "problem", "run", "custody"),
            floor("cli", "problem", "run", "custody"),
            floor("demo", "problem"),
            floor("event", "problem", "run", "store"),
            floor("gateway", "problem", "run", "observe", "event"),
            floor("project", "problem", "store", "event"),
            floor("approval", "problem", "store", "event"),
            floor("audit", "problem", "mask", "run", "store", "event"),
            floor("backup", "problem", "store", "event", "audit"),
            floor("auth", "problem", "run", "store", "event"),
            floor("session", "problem", "mask", "run", "store", "custody", "cli", "event", "project", "approval"),
            floor("measure", "problem", "run", "observe", "event", "approval", "session"),
            floor("trace", "problem", "run", "event"),
            floor(
                    "web",
                    "problem",
                    "mask",
                    "run",
                    "observe",
                    "event",
                    "project",
                    "approval",
                    "audit",
                    "backup",
                    "auth",
                    "session",
                    "trace"));

    private static final JavaClasses CODE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);

    private static Floor floor(String name, String... knows) {
        return new Floor(name, Set.of(knows));
    }

    // ---- who may know whom

    @Test
    void everyPackageStandsInThePicture() {
        Set<String> real = CODE.stream().map(ArchitectureTest::home).collect(Collectors.toCollection(TreeSet::new));
        Set<String> drawn = PICTURE.stream().map(Floor::name).collect(Collectors.toCollection(TreeSet::new));
        drawn.add("");
        assertEquals(drawn, real);
    }

    @Test
    void nothingPointsBackUp() {
        Set<String> below = new LinkedHashSet<>();
        for (Floor floor : PICTURE) {
            assertTrue(below.containsAll(floor.knows()), floor.name() + " may only know packages drawn before it");
            below.add(floor.name());
        }
    }

    @Test
    void nobodyKnowsMoreThanThePictureSays() {
        List<String> wrong = new ArrayList<>();
        for (Floor floor : PICTURE) {
            arrowsFrom(floor.name())
                    .filter(arrow -> !floor.knows().contains(home(arrow.getTargetClass())))
                    .forEach(arrow -> wrong.add(arrow.getDescription()));
        }
        none(wrong);
    }

    @Test
    void thePictureHasNoArrowThatNobodyUses() {
        for (Floor floor : PICTURE) {
            Set<String> used = arrowsFrom(floor.name())
                    .map(arrow -> home(arrow.getTargetClass()))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertEquals(new TreeSet<>(floor.knows()), used, floor.name());
        }
    }

    /** Arrows to other packages of ours; the wiring in the root package counts as one, which nobody may know. */
    private static Stream<Dependency> arrowsFrom(String name) {
        return CODE.stream()
                .filter(type -> home(type).equals(name))
                .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                .filter(arrow -> isOurs(arrow.getTargetClass()))
                .filter(arrow -> !home(arrow.getTargetClass()).equals(name));
    }

    @Test
    void theRootHoldsOnlyTheWiring() {
        Set<String> types = CODE.stream()
                .filter(type -> home(type).isEmpty())
                .map(ArchitectureTest::place)
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(
                Set.of(
                        "AnchorAfterRestore",
                        "App",
                        "DataFolder",
                        "Findings",
                        "HealthChecks",
                        "Healthcheck",
                        "HoldData",
                        "Main",
                        "RunnerProgram",
                        "Schema",
                        "ServerMeters",
                        "TakeSnapshot",
                        "VerifyAudit",
                        "VerifySnapshot"),
                types);
    }

    @Test
    void everyPackageTellsItsPurpose() throws IOException {
        for (Floor floor : PICTURE) {
            Path file = Path.of("src/main/java/dev/dashboard", floor.name(), "package-info.java");
            assertTrue(Files.isRegularFile(file), file + " is missing");
            assertTrue(Files.readString(file).startsWith("/**"), file + " says nothing");
        }
    }

    // ---- who speaks with which part of the outside world

    @Test
    void onlyWebKnowsHttp() {
        onlyIn(
                Set.of("web", "gateway", "demo"), // the demo plays the model's own server
                "io.helidon.webserver",
                "io.helidon.http",
                "java.net.http",
                "com.sun.net.httpserver");
    }

    @Test
    void onlyStoreKnowsTheDatabase() {
        onlyIn(Set.of("store"), "io.helidon.dbclient", "com.zaxxer.hikari", "org.sqlite", "javax.sql");
    }

    /** The journal's pages are hot, so it reads them from the reader's own connection, on the reader's own thread. */
    @Test
    void onlyStoreAndTheJournalKnowJdbc() {
        Set<String> places = knowing("java.sql")
                .map(arrow -> place(arrow.getOriginClass()))
                .filter(place -> !place.startsWith("store."))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Set.of("event.Journal"), places);
    }

    @Test
    void onlyAuthKnowsTokensAndHashes() {
        onlyIn(
                Set.of("auth"),
                "io.helidon.security.jwt",
                "io.helidon.security.providers",
                "io.helidon.security.util",
                "org.bouncycastle",
                "com.nulabinc.zxcvbn");
        // The gateway proves its own tokens, which are nobody's but a process's.
        onlyIn(Set.of("auth", "gateway"), "javax.crypto");
        // web asks Helidon's feature who signed in; it hands on what auth made.
        onlyIn(Set.of("auth", "web"), "io.helidon.security");
    }

    @Test
    void onlyConfigReadsTheConfiguration() {
        onlyIn(Set.of("config"), "io.helidon.config", "org.yaml");
    }

    @Test
    void onlyObserveAndWebKnowMetersAndHealth() {
        onlyIn(Set.of("observe", "web"), "io.helidon.metrics", "io.helidon.health", "io.micrometer");
    }

    @Test
    void onlyTraceKnowsTheTracingLibrary() {
        onlyIn(Set.of("trace"), "io.opentelemetry");
    }

    @Test
    void everybodyLogsByTheSystemLogger() {
        onlyIn(Set.of(), "java.util.logging");
        onlyIn(Set.of("observe"), "org.slf4j", "ch.qos.logback");
    }

    /** Fails with each use outside these packages of ours, and when one of them has none left. */
    private static void onlyIn(Set<String> packages, String... foreign) {
        List<Dependency> uses =
                Stream.of(foreign).flatMap(ArchitectureTest::knowing).toList();
        none(uses.stream()
                .filter(use -> !packages.contains(home(use.getOriginClass())))
                .map(Dependency::getDescription)
                .toList());
        Set<String> used =
                uses.stream().map(use -> home(use.getOriginClass())).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(new TreeSet<>(packages), used, "permitted, and no longer needed");
    }

    private static Stream<Dependency> knowing(String foreign) {
        return CODE.stream()
                .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                .filter(arrow -> isWithin(arrow.getTargetClass(), foreign));
    }

    // ---- what is absent: hidden wiring

    @Test
    void nothingIsLookedUpByName() {
        places(
                Map.of(),
                access -> isWithin(access.getTargetOwner(), "java.lang.reflect")
                        || isWithin(access.getTargetOwner(), "java.lang.invoke")
                        || is(access, "java.util.ServiceLoader", ".*")
                        || is(access, "java.lang.ClassLoader", "loadClass|defineClass")
                        || is(
                                access,
                                "java.lang.Class",
                                "forName|newInstance|get(Declared)?(Method|Constructor|Field|Classe)s?|getRecordComponents"));
        onlyIn(Set.of(), "java.lang.reflect", "java.util.ServiceLoader", "jakarta.inject", "javax.inject");
    }

    // ---- what is absent: threads that nobody owns

    @Test
    void onlyWorkerStartsThreads() {
        places(
                Map.of(
                        "run.Worker", "the one place threads begin",
                        "Main", "the stop signal's hook, which the JVM starts",
                        "RunnerProgram", "the same",
                        "store.Database",
                                "bounds its wait for a read by the JDK's own timer; nothing of ours runs on it"),
                access -> is(access, "java.lang.Thread", "<init>|start|ofVirtual|ofPlatform|startVirtualThread")
                        || is(access, "java.lang.Thread\\$Builder.*", "start|unstarted|factory")
                        || is(access, "java.util.concurrent.Executors", ".*")
                        || is(
                                access,
                                "java.util.concurrent.(ForkJoin|ThreadPool|ScheduledThreadPool).*",
                                "<init>|commonPool")
                        || is(access, "java.util.concurrent.(CompletableFuture|CompletionStage)", ".*Async|.*Timeout")
                        || is(access, "java.util.Timer", "<init>")
                        || is(access, "java.util.(Collection|stream.*Stream)", "parallel|parallelStream"));
    }

    /** A native database call holds its carrier: two slow ones on virtual threads stop a server of two cores. */
    @Test
    void theDatabaseRunsOnPlatformThreads() {
        Set<String> starters = accesses(access -> is(access, ROOT + ".run.Worker", "virtual|platform"))
                .filter(access -> place(access.getOriginOwner()).startsWith("store."))
                .map(access -> place(access.getOriginOwner()) + " " + access.getName())
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(
                new TreeSet<>(Set.of("store.Housekeeping platform", "store.Readers platform", "store.Writer platform")),
                starters);
    }

    /** Connections leave {@code store} only as an argument of the work that its own threads run. */
    @Test
    void noConnectionIsHandedOutOfTheStore() {
        List<String> wrong = CODE.stream()
                .filter(type -> home(type).equals("store"))
                .flatMap(type -> type.getMethods().stream())
                .filter(method -> method.getModifiers().toString().contains("PUBLIC"))
                .filter(method -> isWithin(method.getRawReturnType(), "java.sql")
                        || isWithin(method.getRawReturnType(), "javax.sql")
                        || isWithin(method.getRawReturnType(), "io.helidon.dbclient"))
                .map(Object::toString)
                .toList();
        none(wrong);
    }

    @Test
    void sleepingIsListed() {
        places(
                Map.ofEntries(
                        Map.entry("run.Worker", "before work that failed begins anew"),
                        Map.entry("App", "readiness is down for a while before anything ends"),
                        Map.entry("audit.AuditAnchor", "writes at most once a second"),
                        Map.entry("observe.Figures", "reads every five seconds"),
                        Map.entry("store.Housekeeping", "looks twice a second, and leaves the writer to others"),
                        Map.entry(
                                "measure.EventMeters", "tries a journal that refuses again, when it has fallen behind"),
                        Map.entry("web.ConnectionGuard", "looks at all open connections a few times a second"),
                        Map.entry("gateway.Connections", "the same, for those of CLIs"),
                        Map.entry("trace.PromptTraces", "tries a journal that refuses again, which loses nothing"),
                        Map.entry("session.Session", "tries a journal that refuses again, while the CLI waits"),
                        Map.entry("session.Recovery", "the same, after a crash"),
                        Map.entry("custody.LocalCustody", "the children's children can only be looked for"),
                        Map.entry("runner.Runner", "looks at deadlines and figures each second"),
                        Map.entry("runner.RemoteChild", "between two attempts to reach a runner that is away"),
                        Map.entry("custody.ProcessSweep", "processes that are not ours to wait for"),
                        Map.entry("session.Sessions", "until a runner takes launches again"),
                        Map.entry("runner.RunnerCustody", "between two attempts to hear of a runner that is away")),
                access -> is(access, "java.lang.Thread", "sleep|yield|onSpinWait"));
    }

    // ---- what is absent: processes, pipes and shells elsewhere

    /** A blocked call on a child's pipe holds its carrier; this one class has platform threads for that. */
    @Test
    void onlyTheProcessTouchesItsPipes() {
        places(
                Map.of("custody.LocalChild", "its three pumps"),
                access -> is(
                        access,
                        "java.lang.Process",
                        "get(Input|Output|Error)Stream|inputReader|errorReader|outputWriter"));
    }

    @Test
    void onlyCustodyStartsProcesses() {
        places(
                Map.of(
                        "custody.LocalCustody", "the CLI itself",
                        "custody.Version", "asks it for its version; the output goes to a file",
                        "demo.DemoProject", "gives the sample project a git history; without pipes"),
                access -> is(access, "java.lang.ProcessBuilder", "<init>|start|startPipeline")
                        || is(access, "java.lang.Runtime", "exec"));
    }

    @Test
    void noShellIsNamedAnywhere() throws IOException {
        Pattern shell =
                Pattern.compile("(/\\S*/)?(sh|bash|dash|zsh|ksh|ash|env|xargs|eval)|(/\\S*/)?(ba|da|z)?sh\\s.*");
        assertEquals(
                Map.of(
                        // A word that people may type in the demo, to see one command run.
                        "demo.Stories", Set.of("bash"),
                        // Words of the CLI's settings: the member with the variables, and which shell the CLI runs a
                        // hook by.
                        "project.SettingsParser", Set.of("bash", "env")),
                constants(shell));
    }

    /** {@code -c} is how a shell is told what to run; here it is git's, for a setting. */
    @Test
    void noCommandIsHandedOverAsText() throws IOException {
        assertEquals(Map.of("demo.DemoProject", Set.of("-c")), constants(Pattern.compile("-l?i?c|/[cC]")));
    }

    private static Map<String, Set<String>> constants(Pattern wanted) throws IOException {
        Map<String, Set<String>> found = new TreeMap<>();
        for (JavaClass type : CODE) {
            for (PoolEntry entry : ClassFile.of().parse(bytes(type)).constantPool()) {
                if (entry instanceof StringEntry text
                        && wanted.matcher(text.stringValue()).matches()) {
                    found.computeIfAbsent(place(type), _ -> new TreeSet<>()).add(text.stringValue());
                }
            }
        }
        return found;
    }

    private static byte[] bytes(JavaClass type) throws IOException {
        return Files.readAllBytes(Path.of(type.getSource().orElseThrow().getUri()));
    }

    // ---- what is absent: words past the log, facts past the configuration

    @Test
    void onlyMainWritesToTheConsole() {
        places(
                Map.of(
                        "Main", "what people and start.sh read",
                        "AnchorAfterRestore", "a command of its own",
                        "HoldData", "another",
                        "Healthcheck", "a command of its own, which must not start a log",
                        "RunnerProgram", "a program of its own",
                        "TakeSnapshot", "a command of its own",
                        "VerifyAudit", "another",
                        "VerifySnapshot", "and another"),
                access -> is(access, "java.lang.System", "out|err|console")
                        || is(access, "java.lang.Throwable", "printStackTrace"));
    }

    @Test
    void onlyMainEndsTheProgram() {
        places(
                Map.of("Main", "exit codes"),
                access -> is(access, "java.lang.System", "exit") || is(access, "java.lang.Runtime", "exit|halt"));
    }

    // ---- how the rules read the code

    /** Fails with every place that is not listed, and with every listed place where nothing is left to permit. */
    private static void places(Map<String, String> permitted, Predicate<JavaAccess<?>> what) {
        List<JavaAccess<?>> found = accesses(what).collect(Collectors.toList());
        none(found.stream()
                .filter(access -> !permitted.containsKey(place(access.getOriginOwner())))
                .map(JavaAccess::getDescription)
                .toList());
        Set<String> used = found.stream()
                .map(access -> place(access.getOriginOwner()))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(new TreeSet<>(permitted.keySet()), used, "permitted, and no longer needed");
    }

    private static Stream<JavaAccess<?>> accesses(Predicate<JavaAccess<?>> what) {
        return CODE.stream()
                .flatMap(type -> type.getAccessesFromSelf().stream())
                .<JavaAccess<?>>map(access -> access)
                .filter(what);
    }

    private static boolean is(JavaAccess<?> access, String owner, String member) {
        return access.getTargetOwner().getName().matches(owner)
                && access.getTarget().getName().matches(member);
    }

    private static boolean isOurs(JavaClass type) {
        return isWithin(type, ROOT);
    }

    /** Of this package, of one below it, or this very class. */
    private static boolean isWithin(JavaClass type, String name) {
        String full = type.getBaseComponentType().getName();
        return full.equals(name) || full.startsWith(name + ".") || full.startsWith(name + "$");
    }

    /** The first name below ours: {@code web} for {@code dev.dashboard.web.Gate}; empty for the wiring. */
    private static String home(JavaClass type) {
        String name = type.getBaseComponentType().getPackageName();
        return name.equals(ROOT) ? "" : name.substring(ROOT.length() + 1);
    }

    /** The file a class is written in, as people say it: {@code cli.LineReader}. */
    private static String place(JavaClass type) {
        String name = type.getBaseComponentType().getName().substring(ROOT.length() + 1);
        int nested = name.indexOf('$');
        return nested < 0 ? name : name.substring(0, nested);
    }

    private static void none(List<String> wrong) {
        if (!wrong.isEmpty()) {
            fail("\n" + String.join("\n", new TreeSet<>(wrong)));
        }
    }
}
