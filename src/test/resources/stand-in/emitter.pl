#!/usr/bin/perl
# A light stand-in for the Claude CLI, for benchmarks with many sessions: a tenth of the memory and of the start of one in Node.
# Speaks the same lines as stand-in.mjs where a measured stream needs them; no faults, no approvals. Protocol facts: CLI 2.1.330.
#
# A prompt is answered with "You said: …", or, when it is a JSON object, with a measured stream as of stand-in.mjs:
#   {"rate":50,"count":1000,"bytes":400}
#   {"hold":1}    begins a turn and says no more until stdin ends: a session that is live and does nothing
use strict;
use warnings;
use Time::HiRes qw(clock_gettime sleep CLOCK_MONOTONIC);

my $version = '2.1.330';
my %option;
for my $i (0 .. $#ARGV) {
  if ($ARGV[$i] eq '--version') { print "$version (Claude Code)\n"; exit 0; }
  if ($ARGV[$i] =~ /^--([a-z-]+)=(.*)$/) { $option{$1} = $2; }
  elsif ($ARGV[$i] =~ /^--([a-z-]+)$/) { $option{$1} = $ARGV[ $i + 1 ] // ''; }
}
my $session = $option{'session-id'} // $option{'resume'} // '00000000-0000-4000-8000-000000000000';
my $model = $option{'model'} // 'stand-in';
my $mode = $option{'permission-mode'} // 'default';
my $results = 0;
my $lines = 0;
$| = 1;
$SIG{PIPE} = sub { exit 0 };
$SIG{TERM} = sub { exit 143 };

while (my $line = <STDIN>) {
  my ($type) = $line =~ /"type":"(control_request|user)"/ or next;
  if ($type eq 'user') { prompted($line); next; }
  my ($request) = $line =~ /"request_id":"([^"]+)"/;
  my ($subtype) = $line =~ /"subtype":"(\w+)"/;
  my $answer = $subtype eq 'initialize'
    ? qq({"commands":[],"agents":[],"models":[{"value":"$model","displayName":"$model"}],"account":{"tokenSource":"none","apiKeySource":"ANTHROPIC_API_KEY"},"pid":$$,"claude_code_version":"$version","current_permission_mode":"$mode","session_state":"idle","pending_permission_requests":[],"pending_user_dialog_requests":[]})
    : $subtype eq 'interrupt' ? '{"still_queued":[]}' : qq({"mode":"$mode"});
  say_line(qq("type":"control_response","response":{"subtype":"success","request_id":"$request","response":$answer}));
}

sub prompted {
  my ($line) = @_;
  my ($uuid) = $line =~ /"uuid":"([^"]+)"/;
  $uuid //= uuid();
  my ($content) = $line =~ /"content":("(?:[^"\\]|\\.)*"|\[.*?\])/;
  state_changed('running');
  say_line(qq("type":"command_lifecycle","command_uuid":"$uuid","state":"started"));
  say_line(qq("type":"system","subtype":"init","cwd":"/","tools":["Bash"],"mcp_servers":[],"model":"$model","permissionMode":"$mode","slash_commands":[],"apiKeySource":"ANTHROPIC_API_KEY","claude_code_version":"$version"));
  say_line(qq("type":"user","message":{"role":"user","content":$content},"parent_tool_use_id":null,"uuid":"$uuid","isReplay":true));
  return if $content =~ /\\"hold\\":1/;
  if ($content =~ /\\"count\\":(\d+)/) {
    my $count = $1;
    my ($rate) = $content =~ /\\"rate\\":(\d+)/;
    my ($bytes) = $content =~ /\\"bytes\\":(\d+)/;
    stream($rate // 0, $count, $bytes // 0);
  } else {
    assistant('You said it.');
  }
  my $tokens = '"input_tokens":10,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":5';
  my $cost = 0.0001 * ($results + 1);
  say_line(qq("type":"result","subtype":"success","is_error":false,"terminal_reason":"completed","result":"done","duration_ms":1,"duration_api_ms":0,"num_turns":1,"total_cost_usd":$cost,"usage":{$tokens},"modelUsage":{},"permission_denials":[],"result_index":$results,"user_message_uuid":"$uuid","user_message_uuids":["$uuid"]));
  $results++;
  say_line(qq("type":"command_lifecycle","command_uuid":"$uuid","state":"completed"));
  state_changed('idle');
}

sub stream {
  my ($rate, $count, $bytes) = @_;
  my $start = clock_gettime(CLOCK_MONOTONIC);
  for my $n (1 .. $count) {
    if ($rate > 0) {
      my $due = $start + ($n - 1) / $rate - clock_gettime(CLOCK_MONOTONIC);
      sleep($due) if $due > 0.0005;
    }
    my $head = sprintf '%d %.0f ', $n, clock_gettime(CLOCK_MONOTONIC) * 1e9;
    my $fill = $bytes - length $head;
    assistant($head . ($fill > 0 ? 'x' x $fill : ''));
  }
}

sub assistant {
  my ($text) = @_;
  my $id = 'msg_' . ++$lines;
  say_line(qq("type":"assistant","message":{"id":"$id","type":"message","role":"assistant","model":"$model","content":[{"type":"text","text":"$text"}],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,"output_tokens":5}},"parent_tool_use_id":null));
}

sub state_changed { say_line(qq("type":"system","subtype":"session_state_changed","state":"$_[0]")); }

# A uuid of its own wins: only lines without one get one.
sub say_line {
  my ($members) = @_;
  my $uuid = $members =~ /"isReplay"/ ? '' : '"uuid":"' . uuid() . '",';
  syswrite_all("{$uuid$members,\"session_id\":\"$session\"}\n");
}

sub syswrite_all {
  my ($text) = @_;
  my $at = 0;
  while ($at < length $text) {
    my $written = syswrite STDOUT, $text, length($text) - $at, $at;
    exit 0 unless defined $written;
    $at += $written;
  }
}

sub uuid {
  return sprintf '%08x-%04x-4%03x-8%03x-%06x%06x', rand 2**32, rand 2**16, rand 2**12, rand 2**12, rand 2**24, rand 2**24;
}
