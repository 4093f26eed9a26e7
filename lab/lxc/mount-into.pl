#!/usr/bin/perl
# Mounts a folder of this machine into a container that runs, as Proxmox VE does.
# Usage: mount-into.pl FOLDER PID PATH OWNER
# PID is the container's init; PATH is made there if it is missing, and belongs to user OWNER of this machine.
use strict;
use warnings;
use POSIX ();

my ( $folder, $pid, $path, $owner ) = @ARGV;
my $machine = ( POSIX::uname() )[4];
my %setns   = ( x86_64 => 308, aarch64 => 268 );
my ( $OPEN_TREE, $MOVE_MOUNT ) = ( 428, 429 );
my ( $AT_FDCWD, $CLONE, $CLOEXEC, $EMPTY_PATH, $NEWNS ) = ( -100, 1, 0x80000, 4, 0x20000 );
my $SETNS = $setns{$machine} or die "unknown machine $machine\n";

# The mount has no place yet, so that it can be put into another namespace.
my $tree = syscall( $OPEN_TREE, $AT_FDCWD, "$folder\0", $CLONE | $CLOEXEC );
die "open_tree $folder: $!\n" if $tree < 0;
open( my $namespace, '<', "/proc/$pid/ns/mnt" ) or die "open namespace of $pid: $!\n";
syscall( $SETNS, fileno($namespace), $NEWNS ) == 0 or die "setns: $!\n";

my $at = '';
for my $part ( grep { length } split m{/}, $path ) {
    $at .= "/$part";
    next if -d $at;
    mkdir $at                     or die "mkdir $at: $!\n";
    chown $owner, $owner, $at or die "chown $at: $!\n";
}
my $empty = "\0";
syscall( $MOVE_MOUNT, $tree, $empty, $AT_FDCWD, "$path\0", $EMPTY_PATH ) == 0
  or die "move_mount to $path: $!\n";
