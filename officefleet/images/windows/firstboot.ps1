# Runs as SYSTEM before anybody can sign in. Safe to run again: each step looks first. Never run on a real Windows
# by officefleet's own tests. Groups are named by SID: their names are translated.
$ErrorActionPreference = 'Stop'
$folder = Join-Path $env:ProgramData 'officefleet'
$result = Join-Path $folder 'firstboot.json'
$done = @{ account = ''; sshd = ''; firewall = ''; error = '' }

function New-RandomPassword {
    # 32 characters of 64: 192 bits; the last four satisfy every complexity rule.
    $letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    $bytes = New-Object byte[] 32
    $random = [Security.Cryptography.RandomNumberGenerator]::Create()
    $random.GetBytes($bytes)
    $random.Dispose()
    (-join ($bytes | ForEach-Object { $letters[$_ % 64] })) + 'aZ7-'
}

function Set-Administrator {
    $name = (Get-Content (Join-Path $folder 'account.txt') -TotalCount 1).Trim()
    $known = Get-LocalUser | Where-Object { $_.Name -eq $name }
    if (-not $known) {
        $password = New-RandomPassword
        $secure = ConvertTo-SecureString $password -AsPlainText -Force
        New-LocalUser -Name $name -Password $secure -PasswordNeverExpires -Description 'officefleet' | Out-Null
        $certificate = Join-Path $folder 'recovery.cer'
        if (Test-Path $certificate) {
            $password | Protect-CmsMessage -To $certificate -OutFile (Join-Path $folder 'account.cms')
        }
    }
    try {
        Add-LocalGroupMember -SID 'S-1-5-32-544' -Member $name
    } catch [Microsoft.PowerShell.Commands.MemberExistsException] {
        # It is one already.
    }
    $name
}

function Set-RemoteAccess {
    if (-not (Get-Service sshd -ErrorAction SilentlyContinue)) { return 'absent' }
    # The default shell stays cmd.exe: nothing here depends on it.
    Set-Service sshd -StartupType Automatic
    Restart-Service sshd -ErrorAction SilentlyContinue
    'automatic'
}

function Set-Firewall {
    $name = 'officefleet-ssh'
    if (-not (Get-NetFirewallRule -Name $name -ErrorAction SilentlyContinue)) {
        New-NetFirewallRule -Name $name -DisplayName $name -Direction Inbound -Protocol TCP -LocalPort 22 `
            -RemoteAddress LocalSubnet -Action Allow | Out-Null
    }
    'open to the local subnet'
}

if (Test-Path $result) {
    $before = Get-Content $result -Raw | ConvertFrom-Json
    if (-not $before.error) { exit 0 }
}
# One step that fails does not keep the others from being done; the next run tries again.
foreach ($step in @('account', 'sshd', 'firewall')) {
    try {
        $done[$step] = switch ($step) {
            'account' { Set-Administrator }
            'sshd' { Set-RemoteAccess }
            'firewall' { Set-Firewall }
        }
    } catch {
        $done.error = '{0} {1}: {2}' -f $done.error, $step, $_.Exception.Message
    }
}
$done | ConvertTo-Json -Compress | Set-Content $result -Encoding UTF8
exit 0
