package dev.dashboard.config;

import dev.dashboard.config.AppConfig.Profile;
import dev.dashboard.config.AppConfig.Setting;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Reads the configuration from system properties, environment, secret files, profile file and base file, strongest first, and
 * reports every fault at once. Files lie in {@code DASHBOARD_CONFIG_DIR} (or {@code -Ddashboard.config-dir}); below them, always,
 * stand the ones packaged with the program, so each key has a value.
 */
public final class ConfigLoader {
    private static final String PREFIX = "DASHBOARD_";
    private static final List<String> OWN_VARIABLES =
            List.of("DASHBOARD_PROFILE", "DASHBOARD_CONFIG_DIR", "DASHBOARD_SECRETS_DIR");
    private static final String SECRETS_DIR = "/run/secrets";
    private static final int NEAR = 2;

    private final Map<String, String> properties;
    private final Map<String, String> environment;
    private final List<String> faults = new ArrayList<>();
    private final List<String> notices = new ArrayList<>();

    private ConfigLoader(Map<String, String> properties, Map<String, String> environment) {
        this.properties = properties;
        this.environment = environment;
    }

    /** Throws {@link ConfigFaults} with all that is wrong. */
    public static AppConfig load() {
        Map<String, String> properties = System.getProperties().stringPropertyNames().stream()
                .collect(Collectors.toMap(name -> name, System::getProperty));
        return load(properties, System.getenv());
    }

    static AppConfig load(Map<String, String> properties, Map<String, String> environment) {
        return new ConfigLoader(properties, environment).read();
    }

    private AppConfig read() {
        Profile profile = profile();
        Layers layers = layers(profile);
        reportUnknown(layers);
        Values values = new Values(layers, faults);
        SecretFiles files = new SecretFiles(secretsDir(), profile, SecretFiles.ownUser(), faults, notices);
        AppConfig.Secrets secrets = files.read();
        List<Setting> others = new ArrayList<>(files.effective());
        others.add(ownSetting("profile", "dev"));
        others.add(ownSetting("config-dir", ""));
        others.add(ownSetting("secrets-dir", SECRETS_DIR));
        AppConfig config = values.config(profile, secrets, others, notices);
        Refusals.check(config, Refusals::ownAddresses, faults);
        if (!faults.isEmpty()) {
            throw new ConfigFaults(faults);
        }
        return config;
    }

    private Profile profile() {
        String name = own("dashboard.profile", "DASHBOARD_PROFILE").orElse("dev");
        for (Profile profile : Profile.values()) {
            if (profile.name().toLowerCase(Locale.ROOT).equals(name)) {
                return profile;
            }
        }
        faults.add("DASHBOARD_PROFILE: \"" + name + "\" is not one of dev, staging, production");
        return Profile.PRODUCTION;
    }

    private Path secretsDir() {
        return Path.of(own("dashboard.secrets-dir", "DASHBOARD_SECRETS_DIR").orElse(SECRETS_DIR));
    }

    private Optional<String> own(String property, String variable) {
        return Optional.ofNullable(properties.get(property))
                .or(() -> Optional.ofNullable(environment.get(variable)))
                .filter(text -> !text.isBlank());
    }

    /** Of what says where to read: it stands in no file. */
    private Setting ownSetting(String name, String usual) {
        String property = "dashboard." + name;
        String variable = variable(name);
        String value = own(property, variable).orElse(usual);
        if (!properties.getOrDefault(property, "").isBlank()) {
            return new Setting(name, value, Layers.PROPERTY);
        }
        boolean named = !environment.getOrDefault(variable, "").isBlank();
        return new Setting(name, value, named ? Layers.ENVIRONMENT + " " + variable : Layers.DEFAULT);
    }

    private Layers layers(Profile profile) {
        Layers layers = new Layers(faults);
        layers.addValues(Layers.PROPERTY, fromProperties());
        layers.addValues(Layers.ENVIRONMENT, fromEnvironment());
        String profileFile = "application-" + profile.name().toLowerCase(Locale.ROOT) + ".yaml";
        Optional<Path> dir = own("dashboard.config-dir", "DASHBOARD_CONFIG_DIR").map(Path::of);
        dir.filter(path -> !path.toFile().isDirectory())
                .ifPresent(path -> faults.add("DASHBOARD_CONFIG_DIR: " + path + " is not a folder"));
        dir.ifPresent(path -> layers.addFile(path.resolve(profileFile)));
        layers.addClasspath("config/" + profileFile);
        dir.ifPresent(path -> layers.addFile(path.resolve("application.yaml")));
        layers.addClasspath("config/application.yaml");
        return layers;
    }

    private Map<String, String> fromProperties() {
        Map<String, String> found = new HashMap<>();
        for (String key : Values.KEYS) {
            Optional.ofNullable(properties.get(key)).ifPresent(value -> found.put(key, value));
        }
        for (String key : SecretFiles.KEYS) {
            if (properties.containsKey(key)) {
                faults.add(SecretFiles.refusal(key, "system property " + key));
            }
        }
        return found;
    }

    private Map<String, String> fromEnvironment() {
        Map<String, String> variables = Values.KEYS.stream().collect(Collectors.toMap(ConfigLoader::variable, k -> k));
        Map<String, String> secrets =
                SecretFiles.KEYS.stream().collect(Collectors.toMap(ConfigLoader::variable, k -> k));
        Map<String, String> found = new HashMap<>();
        environment.forEach((name, value) -> {
            if (variables.containsKey(name)) {
                found.put(variables.get(name), value);
            } else if (secrets.containsKey(name)) {
                faults.add(SecretFiles.refusal(secrets.get(name), "environment " + name));
            } else if (name.startsWith(PREFIX) && !OWN_VARIABLES.contains(name)) {
                nearest(name, variables.keySet().stream().toList())
                        .ifPresent(near -> faults.add(
                                name + ": no such key; did you mean " + near + "? (environment " + name + ")"));
            }
        });
        return found;
    }

    static String variable(String key) {
        return PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    private void reportUnknown(Layers layers) {
        layers.unknown(Values.KEYS).forEach((key, origin) -> {
            String last = key.substring(key.lastIndexOf('.') + 1).replace('_', '-');
            if (SecretFiles.KEYS.contains(last)) {
                faults.add(SecretFiles.refusal(key, origin));
                return;
            }
            String hint = nearest(key, Values.KEYS.stream().toList())
                    .map(near -> "; did you mean " + near + "?")
                    .orElse("");
            faults.add(key + ": no such key" + hint + " (" + origin + ")");
        });
    }

    private static Optional<String> nearest(String name, List<String> known) {
        return known.stream()
                .filter(key -> distance(name, key) <= NEAR)
                .sorted()
                .findFirst();
    }

    /** How many single letters must change to turn one text into the other. */
    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        Arrays.setAll(previous, i -> i);
        for (int i = 1; i <= a.length(); i++) {
            int[] current = new int[b.length() + 1];
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(change, Math.min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[b.length()];
    }
}
