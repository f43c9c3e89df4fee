# win_wait_for: looks again and again until it is so, or the time is over.

function Test-Port($Arguments) {
    # Whether a port answers within connect_timeout
    $client = New-Object -TypeName System.Net.Sockets.TcpClient -ErrorAction Stop
    try {
        return $client.ConnectAsync([string]$Arguments.host, [int]$Arguments.port).Wait([int]$Arguments.connect_timeout * 1000) -and $client.Connected
    }
    catch {
        return $false
    }
    finally {
        $client.Close()
    }
}

function Test-PeerLeft($Arguments) {
    # Whether somebody is still connected to a local port
    $properties = [System.Net.NetworkInformation.IPGlobalProperties]::GetIPGlobalProperties()
    $addresses = @()
    if ($Arguments.host -ne '0.0.0.0') {
        $addresses = @([System.Net.Dns]::GetHostAddresses([string]$Arguments.host) | ForEach-Object { $_.ToString() })
    }
    $left = @()
    foreach ($name in @($Arguments.exclude_hosts | Where-Object { $_ })) {
        $left += @([System.Net.Dns]::GetHostAddresses($name) | ForEach-Object { $_.ToString() })
    }
    foreach ($one in $properties.GetActiveTcpConnections()) {
        $here = $one.LocalEndPoint
        if ($here.Port -eq [int]$Arguments.port -and ($addresses.Count -eq 0 -or $addresses -contains $here.Address.ToString()) -and
            $left -notcontains $one.RemoteEndPoint.Address.ToString()) {
            return $true
        }
    }
    return $false
}

function Test-Text([string]$Path, [string]$Pattern) {
    # Whether a file holds the pattern; others may go on writing it
    $stream = [System.IO.File]::Open($Path, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, [System.IO.FileShare]'ReadWrite, Delete')
    $reader = New-Object -TypeName System.IO.StreamReader -ArgumentList $stream, $true -ErrorAction Stop
    try {
        return [regex]::IsMatch($reader.ReadToEnd(), $Pattern, [System.Text.RegularExpressions.RegexOptions]::Multiline)
    }
    finally {
        $reader.Dispose()
    }
}

function Test-Wanted($Arguments) {
    # Whether what is waited for is so now
    $state = [string]$Arguments.state
    if ($null -ne $Arguments.port) {
        if ($state -eq 'drained') { return -not (Test-PeerLeft $Arguments) }
        $answers = Test-Port $Arguments
        if (@('started', 'present') -contains $state) { return $answers }
        return -not $answers
    }
    $path = Expand-Path $Arguments.path
    $there = (Get-PathKind $path) -ne 'absent'
    if ($there -and $Arguments.regex) {
        try {
            $there = Test-Text $path $Arguments.regex
        }
        catch [System.IO.IOException] {
            # somebody holds it for himself just now
            $there = -not (@('started', 'present') -contains $state)
        }
    }
    if (@('started', 'present') -contains $state) { return $there }
    return -not $there
}

function Invoke-Module($Arguments) {
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    if ($Context.Check) {
        return @{ changed = $false; skipped = $true; elapsed = 0; wait_attempts = 0; msg = 'nothing is waited for in check mode' }
    }
    if ($null -eq $Arguments.port -and -not $Arguments.path) {
        Start-Sleep -Seconds ([int]$Arguments.delay + [int]$Arguments.timeout) -ErrorAction Stop
        return @{ changed = $false; elapsed = [double]$clock.Elapsed.TotalSeconds; wait_attempts = 0 }
    }
    if ($Arguments.delay -gt 0) {
        Start-Sleep -Seconds ([int]$Arguments.delay) -ErrorAction Stop
    }
    $attempts = 0
    while ($true) {
        $attempts++
        if (Test-Wanted $Arguments) {
            return @{ changed = $false; elapsed = [double]$clock.Elapsed.TotalSeconds; wait_attempts = $attempts }
        }
        if ($clock.Elapsed.TotalSeconds - [int]$Arguments.delay -ge [int]$Arguments.timeout) {
            $what = [string]$Arguments.path
            if ($null -ne $Arguments.port) { $what = [string]$Arguments.host + ':' + [string]$Arguments.port }
            Stop-Module ('timed out waiting for ' + $what + ' to be ' + $Arguments.state) @{
                elapsed = [double]$clock.Elapsed.TotalSeconds; wait_attempts = $attempts }
        }
        Start-Sleep -Seconds ([int]$Arguments.sleep) -ErrorAction Stop
    }
}
